/** Tries again until it succeeds; what never does ends with the time limit of the test. */
export async function eventually(attempt: () => Promise<unknown>): Promise<void> {
  for (;;) {
    const isDone = await attempt().then(
      () => true,
      () => false,
    );
    if (isDone) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
