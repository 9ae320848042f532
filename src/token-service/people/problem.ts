/** What went wrong with a form: told above its fields, and tied to them. */

import { markup } from '../../http/markup.ts';
import type { Markup } from '../../http/markup.ts';

/** Returns the text above the fields; nothing where nothing went wrong. */
export function problemSummary(problem: string | undefined): Markup | undefined {
  if (problem === undefined) return undefined;
  return markup`<div class="problem" id="problem" role="alert"><p>${problem}</p></div>\n`;
}

/** Returns the attributes of a field that it is about. */
export function problemAttributes(problem: string | undefined): Markup | undefined {
  if (problem === undefined) return undefined;
  return markup` aria-invalid="true" aria-describedby="problem"`;
}
