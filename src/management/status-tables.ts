/** The tables of the status page. */

import { markup, NOTHING } from '../http/markup.ts';
import type { Markup } from '../http/markup.ts';
import { shareBars } from './status-chart.ts';
import type {
  CertificateStatus,
  ListenerStatus,
  MethodCount,
  StatusReport,
} from './status-report.ts';
import { ago, count, instant, plural, span } from './status-words.ts';

const MAX_CERTIFICATES = 12;
const MAX_LISTENERS = 24;
const MAX_PROBLEMS = 20;
const DAY_MS = 86_400_000;

/** What people call the roles. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ['server', 'server'],
  ['client_ca', 'client CA'],
  ['client', 'client'],
  ['upstream_ca', 'CA of the identity server'],
  ['store_ca', 'CA of the store'],
  ['jwks_ca', 'CA of key sets'],
]);

export function certificateTable({ at, certificates }: StatusReport): Markup {
  if (certificates.length === 0) return markup`<p class="quiet">none is held</p>`;
  const rest = certificates.length - MAX_CERTIFICATES;
  return markup`<table class="tall">
      <thead>
        <tr>
          <th>Subject</th>
          <th>For</th>
          <th class="num">Ends</th>
        </tr>
      </thead>
      <tbody>
        ${certificates.slice(0, MAX_CERTIFICATES).map((each) => certificateRow(each, at))}
      </tbody>
    </table>
    ${rest > 0 ? markup`<p class="quiet">and ${count(rest)} that end later: see status.json</p>` : NOTHING}`;
}

function certificateRow(
  { subject, role, holder, notAfter }: CertificateStatus,
  at: number,
): Markup {
  const left = notAfter - at;
  const tone = left < 2 * DAY_MS ? 'bad' : left < 14 * DAY_MS ? 'warn' : 'good';
  const ends = left > 0 ? `in ${span(left)}` : `${span(-left)} ago`;
  return markup`<tr>
    <td>${subject === '' ? '(no subject)' : subject}</td>
    <td>${ROLES.get(role) ?? role}<small>${holder}</small></td>
    <td class="num">
      <b class="${tone}">${ends}</b><small>${instant(notAfter).slice(0, 10)}</small>
    </td>
  </tr> `;
}

export function listenerTable({ listeners }: StatusReport): Markup {
  return markup`<table class="tall">
    <thead>
      <tr>
        <th>Name</th>
        <th>Client certificates</th>
        <th class="num">Open</th>
      </tr>
    </thead>
    <tbody>
      ${listeners.slice(0, MAX_LISTENERS).map(listenerRow)}
    </tbody>
  </table>`;
}

const MODES: Readonly<Record<ListenerStatus['clientCertificate'], string>> = {
  off: 'never asked for',
  want: 'asked for',
  require: 'required',
};

const FRONTS: Readonly<Record<ListenerStatus['front'], string>> = {
  none: '',
  proxy_protocol: ', behind the PROXY protocol',
  load_balancer: ', told by a load balancer',
};

function listenerRow(listener: ListenerStatus): Markup {
  const { name, address, clientCertificate, trustAnchors, serverNames, front } = listener;
  const names =
    serverNames === 0 ? '' : `, ${plural(serverNames, 'server name entry', 'server name entries')}`;
  return markup`<tr>
    <td>
      ${name}<small><code>${address}</code></small>
    </td>
    <td>
      ${MODES[clientCertificate]}${FRONTS[front]}<small
        >${plural(trustAnchors, 'trusted CA')}${names}</small
      >
    </td>
    <td class="num"><b>${count(listener.connections)}</b></td>
  </tr> `;
}

export function clientList({ clients, registeredClients: registered }: StatusReport): Markup {
  const configured = methodBars(clients, 'no client is configured');
  if (registered === undefined) return configured;
  return markup`${configured}
    <h2>Registered by themselves</h2>
    ${
      registered === 'unknown'
        ? markup`<p class="quiet">not known: the store does not answer</p>`
        : methodBars(registered, 'none has registered')
    }`;
}

function methodBars(counts: readonly MethodCount[], none: string): Markup {
  if (counts.length === 0) return markup`<p class="quiet">${none}</p>`;
  return shareBars(
    counts.map(({ method, count: number }) => [method, number] as const),
    'good',
  );
}

export function reloadCard({ at, startedAt, lastReload }: StatusReport): Markup {
  if (lastReload === undefined) {
    return markup`<p class="quiet">None since the start, ${ago(startedAt, at)}.</p>`;
  }
  const { result, problems } = lastReload;
  const when = `${ago(lastReload.at, at)}, ${instant(lastReload.at)}`;
  if (result === 'reloaded') {
    return markup`<span class="pill good">in force</span> <span class="quiet">${when}</span>`;
  }
  return markup`<span class="pill bad">${result}</span>
    <span class="quiet">${when}. What was in force before stays in force.</span>
    <pre>${problems.slice(0, MAX_PROBLEMS).join('\n')}</pre>`;
}
