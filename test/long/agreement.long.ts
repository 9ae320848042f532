import { testAgreement } from '../agreement/agreement.ts';

testAgreement('requests', 10_000_000, 1_000);
testAgreement('requests to the reader', 10_000_000, 1_500);
testAgreement('answers', 10_000_000, 2_000);
