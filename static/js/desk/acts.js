// An act goes through the outbox, and is done once the desk shows what came of it.

import { newKey, Refused } from "./api.js";
import { undo } from "./asked.js";
import { seqIn } from "./outbox.js";
import { titleOf } from "./text.js";

/**
 * @import { Act, Asked, Draft, Post } from "./desk.d.ts"
 * @import { OutboxSender } from "./outbox_sender.js"
 */

/** What a waiting act waits for, in words, by the state of the outbox. */
const UNTIL = {
  idle: "as soon as the server answers", waiting: "when the line is back", "signed out": "when you have signed in",
};

/**
 * @param {object} options
 * @param {OutboxSender} options.sender
 * @param {(subject: string) => number | undefined} options.seqOf the version of an object that the desk shows
 * @param {() => Promise<void>} options.refresh has the desk show what is new
 * @returns {(asked: Asked) => Promise<any>} puts an act into the outbox; answers with the API's answer once the desk
 *   shows it, or with what is `Kept` when it has to wait; throws Refused
 */
export function outboxActs({ sender, seqOf, refresh }) {
  return async (asked) => {
    const key = newKey();
    const act = { key, subject: `new:${key}`, ...asked };
    const { n, settled, stuck } = await sender.place(act);
    /** @type {{answer?: any, refused?: Act, kept?: boolean}} */
    const end = await Promise.race([
      settled.then((answer) => ({ answer }), (refused) => ({ refused })), stuck.then(() => ({ kept: true })),
    ]);
    if (end.kept) {
      settled.then(refresh, () => {});
      return { kept: true, until: UNTIL[sender.state], settled };
    }
    if (end.refused) {
      await sender.remove(n); // it is shown where it was pressed, and its text is still there
      throw new Refused(end.refused.problem ?? {});
    }
    const seq = seqIn(end.answer, act.subject);
    const shown = seqOf(act.subject) ?? 0;
    if (seq === undefined || shown < seq) await refresh(); // the connection may have told already
    return end.answer;
  };
}

/**
 * The button that takes back what was just published; its text is then a draft again.
 * @param {(asked: Asked) => Promise<any>} act
 * @param {Post} post
 * @param {{tell: (words: string) => void, edit: (draft: Draft) => void, gone: () => boolean}} options `gone` tells
 *   whether somebody else took it back
 */
export const undoOf = (act, post, { tell, edit, gone }) => ({
  label: "Undo (U)", about: `“${titleOf(post)}”`, ms: 10_000, gone,
  async act() {
    tell("Taking it back…");
    try {
      const answer = await act(undo(post));
      if (!answer.kept) edit(answer);
      tell(answer.kept ? `In the outbox: it is taken back ${answer.until}.`
        : "Taken back: readers no longer have it.");
    } catch (error) {
      tell(error.message);
    }
  },
});
