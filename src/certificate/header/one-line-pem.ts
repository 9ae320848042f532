/** PEM on one line, markers kept, as WSO2 Identity Server reads it. */

import { damaged, decodeCarried, encodeCarried } from './carried-certificate.ts';
import { createFieldCodec } from './field-codec.ts';

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';

export const oneLinePem = createFieldCodec({
  format: 'one_line_pem',
  names: { leaf: 'x-wso2-mtls-cert' },
  value: {
    write: ([leaf = new Uint8Array()]) => BEGIN + encodeCarried(leaf) + END,
    read: (value) => {
      if (!value.startsWith(BEGIN)) throw damaged('certificate header lacks its BEGIN marker');
      if (!value.endsWith(END)) throw damaged('certificate header lacks its END marker');
      return [decodeCarried(value.slice(BEGIN.length, -END.length))];
    },
  },
  chain: 'none',
});
