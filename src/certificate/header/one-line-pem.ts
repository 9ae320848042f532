/** PEM on one line, markers kept, as WSO2 Identity Server reads it. */

import { damaged, decodeCarried, isAbsent } from './carried-certificate.ts';
import type { HeaderCodec } from './header-codec.ts';

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';

export const oneLinePem: HeaderCodec = {
  name: 'one_line_pem',

  write: (der) => BEGIN + Buffer.from(der).toString('base64') + END,

  read: (value) => {
    if (isAbsent(value)) return undefined;
    if (!value.startsWith(BEGIN)) throw damaged('certificate header lacks its BEGIN marker');
    if (!value.endsWith(END)) throw damaged('certificate header lacks its END marker');
    return decodeCarried(value.slice(BEGIN.length, -END.length));
  },
};
