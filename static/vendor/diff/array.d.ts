/** What we use of jsdiff; its own types are spread over files that we have no use for. */
export interface Run { value: string[]; added: boolean; removed: boolean }

export function diffArrays(before: string[], after: string[], options: { maxEditLength: number }): Run[] | undefined;
