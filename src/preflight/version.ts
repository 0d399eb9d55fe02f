/** Versions by their numbers: negative when `a` is the older one. What is not said is 0. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const length = Math.max(left?.length ?? 0, right?.length ?? 0);
  for (let index = 0; index < length; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function satisfies(version: string, operator: '>=' | '>' | '=', wanted: string): boolean {
  const order = compareVersions(version, wanted);
  if (operator === '=') return order === 0;
  return operator === '>' ? order > 0 : order >= 0;
}
