// Which posts the live page holds. Pure; the same rule as liveblog/timeline.py, held to tests/vectors/paging.json.
// Every post has a place in the night, counted from 1 for the oldest, that never changes: so pages never shift.

export const PAGE = 20;

/** How many older pages there are when the newest post has this place. @param {number} newest */
export const pagesAt = (newest) => Math.max(0, Math.floor(newest / PAGE) - 1);

/** The live page holds the posts whose place is beyond this one. @param {number} newest */
export const cutAt = (newest) => pagesAt(newest) * PAGE;
