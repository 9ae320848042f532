/** The names of attribute types: those of RFC 4514, and those that tools print beside them. */

/** RFC 4514 section 3, and two that certificates of clients carry. Formatting uses this spelling. */
const RFC_NAMES: ReadonlyMap<string, string> = new Map([
  ['CN', '2.5.4.3'],
  ['L', '2.5.4.7'],
  ['ST', '2.5.4.8'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['C', '2.5.4.6'],
  ['STREET', '2.5.4.9'],
  ['DC', '0.9.2342.19200300.100.1.25'],
  ['UID', '0.9.2342.19200300.100.1.1'],
  ['emailAddress', '1.2.840.113549.1.9.1'],
  ['serialNumber', '2.5.4.5'],
]);

/**
 * What OpenSSL (short and long names), Java and Windows print for these types and for others. No
 * name is in here that two of them use for different types: `SN` is the surname for one and the
 * serial number for another.
 */
const TOOL_NAMES: ReadonlyMap<string, string> = new Map([
  ['commonName', '2.5.4.3'],
  ['surname', '2.5.4.4'],
  ['countryName', '2.5.4.6'],
  ['localityName', '2.5.4.7'],
  ['S', '2.5.4.8'],
  ['stateOrProvinceName', '2.5.4.8'],
  ['streetAddress', '2.5.4.9'],
  ['organizationName', '2.5.4.10'],
  ['organizationalUnitName', '2.5.4.11'],
  ['T', '2.5.4.12'],
  ['title', '2.5.4.12'],
  ['description', '2.5.4.13'],
  ['businessCategory', '2.5.4.15'],
  ['postalAddress', '2.5.4.16'],
  ['postalCode', '2.5.4.17'],
  ['telephoneNumber', '2.5.4.20'],
  ['name', '2.5.4.41'],
  ['G', '2.5.4.42'],
  ['GN', '2.5.4.42'],
  ['givenName', '2.5.4.42'],
  ['initials', '2.5.4.43'],
  ['generation', '2.5.4.44'],
  ['generationQualifier', '2.5.4.44'],
  ['x500UniqueIdentifier', '2.5.4.45'],
  ['DNQ', '2.5.4.46'],
  ['dnQualifier', '2.5.4.46'],
  ['pseudonym', '2.5.4.65'],
  ['role', '2.5.4.72'],
  ['organizationIdentifier', '2.5.4.97'],
  ['domainComponent', '0.9.2342.19200300.100.1.25'],
  ['userId', '0.9.2342.19200300.100.1.1'],
  ['mail', '0.9.2342.19200300.100.1.3'],
  ['rfc822Mailbox', '0.9.2342.19200300.100.1.3'],
  ['E', '1.2.840.113549.1.9.1'],
  ['EMAIL', '1.2.840.113549.1.9.1'],
  ['unstructuredName', '1.2.840.113549.1.9.2'],
  ['unstructuredAddress', '1.2.840.113549.1.9.8'],
  ['jurisdictionL', '1.3.6.1.4.1.311.60.2.1.1'],
  ['jurisdictionLocalityName', '1.3.6.1.4.1.311.60.2.1.1'],
  ['jurisdictionST', '1.3.6.1.4.1.311.60.2.1.2'],
  ['jurisdictionStateOrProvinceName', '1.3.6.1.4.1.311.60.2.1.2'],
  ['jurisdictionC', '1.3.6.1.4.1.311.60.2.1.3'],
  ['jurisdictionCountryName', '1.3.6.1.4.1.311.60.2.1.3'],
]);

/** Names that are refused with a word on why. */
const AMBIGUOUS_NAMES: ReadonlyMap<string, string> = new Map([
  ['sn', 'the surname for some tools, the serial number for others'],
]);

const NAMES_BY_TYPE = new Map([...RFC_NAMES].map(([name, type]) => [type, name]));
const RFC_TYPES = lowerCased(RFC_NAMES);
const TOOL_TYPES = new Map([...lowerCased(TOOL_NAMES), ...RFC_TYPES]);

const dottedIdentifier = /^(?:[01]\.[1-3]?\d|2\.(?:0|[1-9]\d*))(?:\.(?:0|[1-9]\d*))+$/;

/** The name that text uses for a type; undefined where it is written as its identifier. */
export function nameOfType(type: string): string | undefined {
  return NAMES_BY_TYPE.get(type);
}

/** The dotted identifier for a word of RFC 4514 text; undefined for one it does not know. */
export function typeOfRfcName(word: string): string | undefined {
  return dottedIdentifier.test(word) ? word : RFC_TYPES.get(word.toLowerCase());
}

/** The same for the text of any tool, `OID.` before an identifier included (RFC 1779). */
export function typeOfToolName(word: string): string | undefined {
  const plain = word.replace(/^oid\./i, '');
  return dottedIdentifier.test(plain) ? plain : TOOL_TYPES.get(word.toLowerCase());
}

/** Why a name is not known, where it is known to have several meanings. */
export function ambiguityOfName(word: string): string | undefined {
  return AMBIGUOUS_NAMES.get(word.toLowerCase());
}

function lowerCased(types: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...types].map(([name, type]) => [name.toLowerCase(), type]));
}
