/** How well the text of a page can be told from what is behind it. */

import type { Page } from 'playwright-core';

export interface Contrast {
  readonly text: string;
  /** WCAG 2.2, 1 to 21. */
  readonly ratio: number;
}

/** Returns one for each element with text of its own. */
export async function contrastsOf(page: Page): Promise<readonly Contrast[]> {
  return page.evaluate<readonly Contrast[]>(SCRIPT);
}

/** Runs in the page, whose types are not those of the tests. */
const SCRIPT = `(() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const groundOf = (element) => {
    if (element === null) return 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? groundOf(element.parentElement) : backgroundColor;
  };
  const hasText = (element) =>
    element instanceof HTMLInputElement ||
    [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '',
    );
  return [...document.body.querySelectorAll('*')].filter(hasText).map((element) => {
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
    return { text: element.textContent, ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
  });
})()`;
