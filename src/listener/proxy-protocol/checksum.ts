/** The checksum of a version 2 header: CRC32C (RFC 4960 appendix B), which Node does not have. */

const CHECKSUM_OCTETS = 4;
/** The polynomial of Castagnoli, its bits in the order in which they are shifted out. */
const POLYNOMIAL = 0x82f63b78;

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, octet) => {
  let value = octet;
  for (let bit = 0; bit < 8; bit += 1) {
    value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL;
  }
  return value;
});

/** Whether the four octets at `at` are the checksum of the header with zeros in their place. */
export function checksumFits(header: Buffer, at: number): boolean {
  let value = 0xffffffff;
  header.forEach((octet, index) => {
    const counted = index >= at && index < at + CHECKSUM_OCTETS ? 0 : octet;
    value = (value >>> 8) ^ (TABLE[(value ^ counted) & 0xff] ?? 0);
  });
  return (value ^ 0xffffffff) >>> 0 === header.readUInt32BE(at);
}
