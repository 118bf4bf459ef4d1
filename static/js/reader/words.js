// The scripts' messages to readers, in the language of the page. Pure but for that page, which brings the translations
// along (liveblog/i18n.py). Each message stands here whole, so that the catalogue's extractor finds it.

const page = globalThis.document;
const said = JSON.parse(page?.getElementById("words")?.textContent ?? "{}");
export const language = page?.documentElement.lang || "en";
const rules = new Intl.PluralRules(language);
/** The language of these words, on a page in one that they are not translated to. */
const own = page?.body.dataset.words;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A name amid other text, kept apart from it where one of the two runs from right to left. @param {string} text */
export const isolated = (text, rtl = page?.dir === "rtl") =>
  (rtl || RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text);

/**
 * Write words of ours; where they are not translated they name their language.
 * @param {Element} to
 * @param {string} text
 */
export function write(to, text) {
  if (to.textContent === text) return; // a selection stays
  if (!own) to.textContent = text;
  else to.replaceChildren(Object.assign(page.createElement("span"), { lang: own, dir: "ltr", textContent: text }));
}

/** @typedef {Record<string, any>} Messages translations; a plural's are by CLDR category */

/** @param {string} text @param {Record<string, unknown>} values */
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => given(values[name] ?? whole));
/** @param {unknown} value */
const given = (value) => (typeof value === "string" ? isolated(value) : String(value));

/**
 * A message in the page's language; `{name}` stands for a value.
 * @param {string} text
 * @param {Record<string, unknown>} values
 * @param {Messages} messages
 */
export const t = (text, values = {}, messages = said) => filled(messages[text] ?? text, values);

/**
 * A message about `{n}` things.
 * @param {string} one
 * @param {string} many
 * @param {number} n
 * @param {Messages} messages
 */
export function tn(one, many, n, messages = said, plural = rules) {
  const forms = messages[one];
  return filled(forms?.[plural.select(n)] ?? forms?.other ?? (n === 1 ? one : many), { n });
}

export const words = {
  get connection() {
    return {
      live: t("Updates arrive by themselves"),
      reconnecting: t("Reconnecting…"),
      "catching up": t("Catching up…"),
      polling: t("Checking for updates every few seconds"),
      gone: t("This live blog is not here any more"),
    };
  },
  /** @param {number} n */
  newUpdates: (n) => tn("{n} new update", "{n} new updates", n),
  /** @param {number} n */
  allCategories: (n) => tn("All {n} category", "All {n} categories", n),
  get preview() { return t("The preview"); },
  get pinned() { return t("Pinned"); },
  /** "2 winners, 7 updates" @param {{winners: number, doubts?: number, updates: number}} counts */
  missed({ winners, doubts, updates }) {
    const won = winners ? [tn("{n} winner", "{n} winners", winners)] : [];
    const open = doubts ? [tn("{n} result in doubt", "{n} results in doubt", doubts)] : [];
    const more = updates ? [tn("{n} update", "{n} updates", updates)] : [];
    return [...won, ...open, ...more].join(", ");
  },
  get away() { return t("While you were away"); },
  get newSince() { return t("New since you left"); },
  /** @param {string} category @param {string} names */
  won: (category, names) => t("{category}: {names}", { category, names }),
  /** @param {string} category */
  onStage: (category) => t("On stage now: {category}", { category }),
  /** @param {string} category */
  doubted: (category) => t("{category}: in doubt", { category }),
  get doubtedShort() { return t("in doubt"); },
  /** @param {string} category @param {string} names */
  corrected: (category, names) => t("Corrected: {category} goes to {names}", { category, names }),
  /** @param {string} category */
  withdrawn: (category) => t("{category}: result withdrawn", { category }),
  get takenBack() { return t("withdrawn"); },
  get correctedShort() { return t("corrected"); },
  /** @param {string} category */
  decided: (category) => t("{category}: the result is in", { category }),
  /** @param {string} category */
  changed: (category) => t("{category}: the result has changed", { category }),
  /** @param {string} time @param {string} waiting what waits, in words; empty for nothing */
  pausedAt(time, waiting) {
    if (!waiting) return t("Paused at {time}. Nothing new yet", { time });
    return t("Paused at {time}. Waiting: {waiting}", { time, waiting });
  },
  get newer() { return t("← Newer updates"); },
  get update() { return t("Update"); },
  get absent() { return t("That update is not here: it was removed, or the address is wrong."); },
  get hidden() { return t("Hidden"); },
  /** @param {string} [category] */
  hiddenResult: (category) => (category ? t("Hidden result: {category}", { category }) : t("Hidden result")),
  /** @param {string} [category] */
  hiddenUpdate(category) {
    return category ? t("Hidden update: {category}", { category }) : t("Hidden update: it may speak of results");
  },
  get show() { return t("Show it"); },
  get hiddenTitle() { return t("Title hidden"); },
  get showTitle() { return t("Show the title"); },
  get showTally() { return t("Show the count"); },
  get pictureBefore() { return t("Previous picture"); },
  get pictureAfter() { return t("Next picture"); },
  get actualSize() { return t("Actual size"); },
  get close() { return t("Close"); },
  /** @param {number} n @param {number} total */
  pictureOf: (n, total) => t("Picture {n} of {total}", { n, total }),
  get sideways() { return t("Scrolls sideways"); },
  get stopAnimation() { return t("Stop the animation"); },
  get share() { return t("Share"); },
  get copied() { return t("Link copied"); },
  get notCopied() { return t("The link could not be copied"); },
  get mayNotNotify() {
    return t("This browser does not let the page notify you. Its settings for this site can change that.");
  },
  get cannotNotify() { return t("This browser cannot notify from a page. The sound works while the page is open."); },
  get notifying() { return t("You will be told of winners while this page is open."); },
  get now() { return t("now"); },
  /** @param {number} minutes */
  ago: (minutes) => tn("{n} min ago", "{n} min ago", minutes),
  /** "2 Mar, 6:42 PM PST" @param {string} date @param {string} time */
  dated: (date, time) => t("{date}, {time}", { date, time }),
  /** @param {string} place @param {string} zone */
  yourTime: (place, zone) => t("Times are yours. The show runs on {zone}.", { zone: ofShow(place, zone) }),
  /** @param {string} place @param {string} zone */
  eventTime: (place, zone) => t("Times are {zone}.", { zone: ofShow(place, zone) }),
};

/** @param {string} place @param {string} zone */
const ofShow = (place, zone) => (place === zone ? zone : t("{place} time ({zone})", { place, zone }));
