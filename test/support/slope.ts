/** The straight line through measured values. */

/** Returns by how much `y` grows with each `x`, by least squares; 0 for fewer than two points. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)];
  const spread = mean(([x]) => (x - meanX) ** 2);
  return spread > 0 ? mean(([x, y]) => (x - meanX) * (y - meanY)) / spread : 0;
}
