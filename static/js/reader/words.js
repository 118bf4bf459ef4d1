// What the scripts say to readers. Pure.

const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

export const words = {
  status: { preview: "Before the show", live: "Live", ended: "Ended" },
  line: {
    live: "Updates arrive by themselves",
    reconnecting: "Reconnecting…",
    "catching up": "Catching up…",
    polling: "Checking for updates every few seconds",
    gone: "This live blog is not here any more",
  },
  newUpdates: (n) => count(n, "new update", "new updates"),
  /** "2 winners, 7 updates" */
  missed: ({ winners, updates }) =>
    [winners && count(winners, "winner", "winners"), updates && count(updates, "update", "updates")].filter(Boolean).join(", "),
  away: "While you were away",
  newSince: "New since you left",
  won: (category, names) => `${category}: ${names}`,
  corrected: (category, names) => `Corrected: ${category} goes to ${names}`,
  withdrawn: (category) => `${category}: result withdrawn`,
  takenBack: "withdrawn",
  correctedShort: "corrected",
  decided: (category) => `${category}: the result is in`,
  changed: (category) => `${category}: the result has changed`,
  pause: "Pause",
  resume: "Resume",
  pausedAt: (time, waiting) => (waiting ? `Paused at ${time}. Waiting: ${waiting}` : `Paused at ${time}. Nothing new yet`),
  hideResults: "Hide results",
  showResults: "Show results",
  hidden: "Hidden",
  hiddenResult: (category) => (category ? `Hidden result: ${category}` : "Hidden result"),
  hiddenUpdate: (category) => (category ? `Hidden update: ${category}` : "Hidden update: it may speak of results"),
  show: "Show it",
  showResult: (category) => `Show the result: ${category}`,
  showTally: "Show the count",
  stopAnimation: "Stop the animation",
  share: "Share",
  copied: "Link copied",
  notCopied: "The link could not be copied",
  mayNotNotify: "This browser does not let the page notify you. Its settings for this site can change that.",
  cannotNotify: "This browser cannot notify from a page.",
  notifying: "You will be told of winners while this page is open.",
  yourTime: (place, zone) => `Times are yours. The show runs on ${place === zone ? zone : `${place} time (${zone})`}.`,
  eventTime: (place, zone) => `Times are ${place === zone ? zone : `${place} time (${zone})`}.`,
};
