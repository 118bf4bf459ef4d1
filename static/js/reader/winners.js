// Who won a category, and whether that has changed. Pure.

export const winnersOf = (category) => category.nominees.filter((nominee) => category.winners.includes(nominee.id));

/** The winners' names as one text; empty while there are none. */
export const namesOf = (category) => winnersOf(category).map((winner) => winner.name).join(", ");

/** Equal for equal winners; empty while there are none. */
export const winnersKey = (category) => category.winners.join();

/** By category: who had won. */
export const resultsOf = (categories) => Object.fromEntries([...categories].map((each) => [each.id, winnersKey(each)]));
