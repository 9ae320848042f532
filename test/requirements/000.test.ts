import { testCertificateAndSecret } from './certificate-and-secret.ts';

testCertificateAndSecret('Requirement 000');
