/** What we use of node-diff3. */
export interface Region { ok?: string[]; conflict?: { a: string[]; o: string[]; b: string[] } }

export function diff3Merge(mine: string[], base: string[], theirs: string[]): Region[];
