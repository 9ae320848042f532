import { test } from 'node:test';

import {
  inhibitAnyPolicy,
  policies,
  policyConstraints,
  policyMappings,
} from '../support/crafted-extensions.ts';
import { craftRoot } from '../support/crafted.ts';
import type { Crafted, CraftOptions } from '../support/crafted.ts';
import { expectRefused, expectTrusted } from '../support/path-verdict.ts';
import type { ChainRequest } from '../support/path-verdict.ts';

const ANY = '2.5.29.32.0';
const [GOLD, SILVER, BRONZE] = ['1.2.3.1', '1.2.3.2', '1.2.3.3'] as const;
const DEMANDED = policyConstraints({ explicit: 0 });
const REASON = 'certificate_policy';

type Extensions = NonNullable<CraftOptions['extensions']>;

/** CAs below a root and a leaf, each with the given extensions. */
function chain(cas: readonly Extensions[], leaf: Extensions, root: Extensions = {}): ChainRequest {
  const anchor = craftRoot({ extensions: root });
  const presented: Crafted[] = [];
  for (const [index, extensions] of cas.entries()) {
    const above = presented.at(-1) ?? anchor;
    presented.push(above.issue({ subject: `CN=ca ${index},O=Test`, ca: true, extensions }));
  }
  const last = presented.at(-1) ?? anchor;
  return { leaf: last.issue({ extensions: leaf }), presented, anchors: [anchor] };
}

const has = (...list: readonly string[]): Extensions => ({ cp: policies(list) });
const demands = (...list: readonly string[]): Extensions => ({ ...has(...list), pc: DEMANDED });

test('policies say nothing where nobody demands one', () => {
  expectTrusted(chain([has(GOLD)], has(SILVER)));
  expectTrusted(chain([{}, has(GOLD)], {}));
  expectTrusted(chain([{ cp: policies([GOLD], true) }], { cp: policies([SILVER], true) }));
});

test('a demanded policy has to be stated by every certificate below the anchor', () => {
  expectTrusted(chain([demands(GOLD)], has(GOLD)));
  expectTrusted(chain([demands(GOLD, SILVER), has(SILVER)], has(BRONZE, SILVER)));
  expectRefused(chain([demands(GOLD)], has(SILVER)), REASON, /^depth 0/);
  expectRefused(chain([demands(GOLD)], {}), REASON);
  expectRefused(chain([demands(GOLD), {}], has(GOLD)), REASON, /^depth 1/);
  expectRefused(chain([demands(GOLD), has(SILVER)], has(GOLD, SILVER)), REASON);
  expectRefused(chain([{}, demands(GOLD)], has(GOLD)), REASON);
});

test('any policy stands for all of them, until a CA inhibits that', () => {
  expectTrusted(chain([demands(ANY)], has(GOLD)));
  expectTrusted(chain([demands(GOLD)], has(ANY)));
  expectTrusted(chain([demands(ANY), has(ANY)], has(ANY)));
  const inhibits = (count: number): Extensions => ({
    ...demands(GOLD),
    iap: inhibitAnyPolicy(count),
  });
  expectRefused(chain([inhibits(0)], has(ANY)), REASON);
  expectTrusted(chain([inhibits(0)], has(GOLD)));
  expectTrusted(chain([inhibits(1), has(ANY)], has(GOLD)));
  expectRefused(chain([inhibits(1), has(ANY)], has(ANY)), REASON);
  // Inhibited for those below, not for the CA itself.
  expectTrusted(chain([{ ...demands(ANY), iap: inhibitAnyPolicy(0) }], has(GOLD)));
});

test('self-issued certificates may state any policy and do not count', () => {
  const root = craftRoot();
  const subject = 'CN=between,O=Test';
  const old = root.issue({
    subject,
    ca: true,
    extensions: { ...demands(GOLD), iap: inhibitAnyPolicy(0) },
  });
  const renewed = old.issue({ subject, ca: true, extensions: has(ANY) });
  const request = { presented: [old, renewed], anchors: [root] };
  expectTrusted({ ...request, leaf: renewed.issue({ extensions: has(GOLD) }) });
  expectRefused({ ...request, leaf: renewed.issue({ extensions: has(ANY) }) }, REASON);
  // At the end of the path it is as any other.
  expectRefused({ ...request, leaf: renewed.issue({ subject, extensions: has(ANY) }) }, REASON);

  const later = { pc: policyConstraints({ explicit: 2 }) };
  const patient = root.issue({ subject, ca: true, extensions: later });
  const again = patient.issue({ subject, ca: true });
  expectTrusted({ leaf: again.issue(), presented: [patient, again], anchors: [root] });
});

test('a demand can begin some certificates further down', () => {
  const later = (explicit: number): Extensions => ({ pc: policyConstraints({ explicit }) });
  expectRefused(chain([later(1)], {}), REASON);
  expectTrusted(chain([later(2)], {}));
  expectRefused(chain([later(2), {}], {}), REASON);
  expectTrusted(chain([{ ...later(1), ...has(GOLD) }], has(GOLD)));
  // The leaf can demand it of itself.
  expectRefused(chain([{}], { ...has(GOLD), pc: DEMANDED }), REASON);
  expectTrusted(chain([has(GOLD)], { ...has(GOLD), pc: DEMANDED }));
});

test('mapped policies go by their new name below the CA that maps them', () => {
  const maps = (...pairs: readonly (readonly [string, string])[]): Extensions => ({
    ...demands(GOLD),
    pm: policyMappings(pairs),
  });
  expectTrusted(chain([maps([GOLD, SILVER])], has(SILVER)));
  expectRefused(chain([maps([GOLD, SILVER])], has(GOLD)), REASON);
  expectTrusted(chain([maps([GOLD, SILVER], [GOLD, BRONZE])], has(BRONZE)));
  expectRefused(chain([maps([SILVER, BRONZE])], has(BRONZE)), REASON);
  const mapsAny: Extensions = { ...demands(ANY), pm: policyMappings([[GOLD, SILVER]]) };
  expectTrusted(chain([mapsAny], has(SILVER)));
  expectTrusted(chain([mapsAny], has(BRONZE)));
  expectRefused(
    chain([{ ...has(GOLD), pm: policyMappings([[ANY, GOLD]]) }], has(GOLD)),
    REASON,
    /mapped/,
  );
  expectRefused(chain([{ ...has(GOLD), pm: policyMappings([[GOLD, ANY]]) }], has(GOLD)), REASON);
});

test('a CA can forbid the mapping of policies below it', () => {
  const forbids = { ...has(GOLD), pc: policyConstraints({ explicit: 0, mapping: 0 }) };
  const maps = { ...has(GOLD), pm: policyMappings([[GOLD, SILVER]]) };
  expectRefused(chain([forbids, maps], has(SILVER)), REASON);
  expectRefused(chain([forbids, maps], has(GOLD)), REASON);
  expectTrusted(chain([demands(GOLD), maps], has(SILVER)));
  const once = { ...has(GOLD), pc: policyConstraints({ explicit: 0, mapping: 1 }) };
  const mapsOn = { ...has(SILVER), pm: policyMappings([[SILVER, BRONZE]]) };
  expectTrusted(chain([once, maps], has(SILVER)));
  expectRefused(chain([once, maps, mapsOn], has(BRONZE)), REASON);
  expectTrusted(chain([demands(GOLD), maps, mapsOn], has(BRONZE)));
});

test('an anchor that came as a certificate can demand a policy as well', () => {
  expectRefused(chain([{}], {}, { pc: DEMANDED }), REASON);
  expectTrusted(chain([has(GOLD)], has(GOLD), { pc: DEMANDED }));
  // What it states itself is no constraint.
  expectTrusted(chain([has(SILVER)], has(SILVER), demands(GOLD)));
  expectRefused(chain([has(GOLD)], has(ANY), { pc: DEMANDED, iap: inhibitAnyPolicy(0) }), REASON);
});

test('constraints count whether they are critical or not', () => {
  const soft = { pc: policyConstraints({ explicit: 0 }, false) };
  expectRefused(chain([soft], {}), REASON);
});

test('a critical policy with a qualifier that is not understood is refused', () => {
  const qualified = (type: string, critical: boolean): Extensions => ({
    cp: policies([[GOLD, type]], critical),
  });
  expectTrusted(chain([], qualified('1.3.6.1.5.5.7.2.1', true)));
  expectTrusted(chain([], qualified('1.2.3.4', false)));
  expectRefused(
    chain([], qualified('1.2.3.4', true)),
    'certificate_critical_extension',
    /1\.2\.3\.4/,
  );
});

test('the same policy twice is refused', () => {
  expectRefused(chain([], has(GOLD, GOLD)), 'certificate_malformed', /twice/);
});
