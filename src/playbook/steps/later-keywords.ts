/** Words of the language that no step has yet. */
export const LATER_KEYWORDS: ReadonlySet<string> = new Set(['FETCH', 'EXPECT']);
