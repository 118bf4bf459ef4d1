// Where things stand in a list. Pure.

/**
 * The list with the item at `from` put at `to`, or at the end that lies before it.
 * @template T
 * @param {T[]} list
 * @param {number} from
 * @param {number} to
 */
export function moved(list, from, to) {
  const rest = list.filter((_, at) => at !== from);
  rest.splice(Math.max(0, Math.min(to, rest.length)), 0, list[from]);
  return rest;
}
