import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import type { Browser } from 'playwright-core';

import { createManagement } from '../../src/management/management.ts';
import { complaintsOf, launchChromium, withoutChromium } from '../support/chromium.ts';
import { statusReport } from './status-report.ts';

const skip = withoutChromium;

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchChromium();
});
after(() => browser?.close());

for (const [width, height] of [
  [390, 844],
  [1_280, 900],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(
      `a browser shows the status page ${width} wide and ${colorScheme}, and complains of nothing`,
      { skip },
      async (t) => {
        const management = createManagement(
          { address: { host: '127.0.0.1', port: 0 } },
          {
            render: async () => ({ contentType: 'text/plain', body: '' }),
            ready: async () => ({ ready: true, checks: { store: 'ok' } }),
            events: () => {},
            status: () => statusReport(),
          },
        );
        t.after(() => management.stop());
        const { port } = await management.listen();
        const page = await browser.newPage({ viewport: { width, height }, colorScheme });
        t.after(() => page.close());
        const complaints = complaintsOf(page);
        const asked: string[] = [];
        page.on('request', (request) => asked.push(new URL(request.url()).pathname));
        await page.goto(`http://127.0.0.1:${port}/`);
        // In the terms of the browser, which this program's types do not know.
        const seen = await page.evaluate<{ overflow: number; page: string; cards: number }>(`({
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        page: getComputedStyle(document.body).backgroundColor,
        cards: document.querySelectorAll('.card').length,
      })`);
        const dark = 'rgb(16, 20, 27)';
        const light = 'rgb(244, 245, 247)';
        assert.deepEqual(seen, {
          overflow: 0,
          page: colorScheme === 'dark' ? dark : light,
          cards: 12,
        });
        assert.deepEqual(complaints, []);
        assert.deepEqual(
          asked.filter((path) => path !== '/favicon.ico'),
          ['/'],
        );
      },
    );
  }
}
