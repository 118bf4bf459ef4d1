/** What the desk's scripts hand to each other. Types only. */

import type { Presence } from "./presence.js";
import type { RowActs } from "./row_acts.js";
import type { Timelines } from "./state.js";
import type { Blog, Category, Correction, Nominee, Position } from "../reader/wire.d.ts";

export type { Blog, Category, Nominee, Position };

export interface Picture {
  name: string; width: number; height: number; alt: string;
  widths?: number[]; moving?: string; caption?: string | null; credit?: string | null;
}

/** What an upload's own metadata says of it; only the person at the form decides what of it is used. */
export interface Offered { alt?: string; caption?: string; credit?: string; copyright?: string }

/** A text's fields as the API takes and gives them; text.js says what each is. What is empty may be missing. */
export interface Text {
  type?: string; headline?: string | null; body?: string; category?: string | null; key?: boolean;
  byline?: string | null; media?: Picture[];
}

/** A text with the note for readers, as the composer has it. */
export type Typed = Text & { correction?: string };

export interface Post extends Text {
  kind: "post"; id: string; seq: number; published_at: string; updated_at?: string; corrections: Correction[];
  retracted?: boolean; gone?: undefined; html?: string;
}

/** A retracted post as it was, when it was retracted, and by whom; its `seq` is the tombstone's. */
export interface Retracted extends Post { retracted: true; at: string; by: string }

/** When a draft goes out by itself; null for what it has not. */
export interface Plan {
  publish_at: string | null;
  on: { category: string; state: string } | null;
  outcome: { category: string; nominee: string } | null;
}

export interface Draft extends Text, Partial<Plan> {
  kind: "draft"; id: string; seq: number; author: string; editor?: string; updated_at?: string; state: string; note?: string;
  put_away?: boolean; gone?: boolean; retracted?: undefined;
  /** one that is gone because it was published: as which post, by whom, when */
  published?: { post: string; by: string; at: string };
}

/** What is left of a draft that was published. */
export type Approved = Draft & Required<Pick<Draft, "published">>;

/** The last step of the category `id`'s result: the act, by whom, when; the names that a recall took back. */
export interface Call {
  kind: "call"; id: string; seq: number; act: string; by: string; at: string; winners: string[]; was: string[];
}

export type Written = Post | Draft;
export type DeskObject = Blog | Category | Written | Call;

/** What is being edited, as it was when editing began. */
export interface Target { kind: "post" | "draft"; id: string; base: Written }

/**
 * What an editor has in the composer, or had: a text, what it belongs to (nothing: it is new), its plan, and the names of
 * pictures that were still on their way.
 */
export interface Edited { text: Typed; target?: Target | null; plan?: Plan; onTheWay?: string[] }

/** An API's error, docs/api.md. */
export interface Problem { code?: string; title?: string; detail?: string; current?: any; field?: string; call?: object }

/** An answer of the API; `value` is its JSON. None at all is null. */
export interface Answer { ok: boolean; status: number; value: any; retryAfter?: number }

/** What an editor asked for (asked.js). */
export interface Asked {
  kind: string; method: string; path: string; body?: unknown; subject?: string; words: string;
  /** the version (seq) that it was meant for */
  match?: number;
  /** the text that goes back into the composer when it is taken back */
  edit?: Edited;
}

/** One in the outbox (outbox.js). */
export interface Act extends Asked {
  n: number; key: string; subject: string; slug: string; who: string; state: "waiting" | "done" | "refused";
  /** ms since 1970: placed; answered; until when the editor wants it; until when others go first */
  made: number; sent?: number; sure?: number; rests?: number;
  tries: number; faults?: number; doubt: boolean;
  answer?: any; problem?: Problem;
}

/** Runs work while nobody else runs any under the same lock. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>;

/** Keeps the outbox's acts. */
export interface OutboxStore {
  /** whether they outlive the page */
  lasting: boolean;
  add(act: Omit<Act, "n">): Promise<number>;
  all(slug: string): Promise<Act[]>;
  change(n: number, fields: Partial<Act>): Promise<unknown>;
  remove(n: number): Promise<unknown>;
  lease<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** How the outbox is: with nothing to send, waiting for the connection, or for a sign-in. */
export type OutboxState = "idle" | "waiting" | "signed out";

/** What a tab's composer held, or what was set aside from it; `at` is in ms since 1970. */
export interface KeptText extends Edited { at: number; title?: string }

/** Somebody at the desk; `editing` is `post:…` or `draft:…`. */
export interface Person { name: string; role: string; editing?: string | null }

/** A line of the call log, as the API gives it (docs/api.md). */
export interface LoggedCall {
  at: string; seq: number; category: string; act: string; winners?: string[]; was?: string[]; by: string;
  source?: string;
  ms?: number | null; readers?: number;
}

/** How many readers had the change `seq`, and within how many ms. */
export interface Reached { seq: number; readers: number; ms: number }

/** A button that stays for `ms`; `about` says what it would act on. */
export interface PassingButton {
  label: string;
  about: string;
  act: () => void;
  ms: number;
  /** whether what it is about is no more */
  gone: () => boolean;
}

/** Shows a line beside the composer's buttons, and a button for some time, which outlives the line. */
export interface Tell {
  /** answers with the line's number */
  (text: string, more?: PassingButton): number;
  /** puts other words in place of a part and leaves it where it is */
  instead(part: RegExp, text: string): void;
  /** takes this line away, or whichever stands: it no longer speaks of what is there; whether it stood */
  over(line?: number): boolean;
  /** takes line and button away if what they are about is no more */
  check(): void;
  /** whether the button is there */
  offers(): boolean;
  /** presses the button */
  press(): void;
  /** takes the button away */
  withdraw(): void;
}

/** An act that waits in the outbox: until when, in words, and what becomes of it. */
export interface Kept { kept: true; until: string; settled: Promise<any> }

/** A change of a text field (markdown_edits.js): replace what is between `from` and `to`, then select. */
export interface Edit { from: number; to: number; put: string; select: [start: number, end: number] }

/** A row of a list: what it is about, a text that differs when the row would, and how it is made. */
export type Row = [ref: string, version: string, make: () => HTMLElement];

/**
 * Where something can be seen to: a category on the stage, in the set-up, or among the prepared texts (`id` is its own);
 * a draft's row, or a text to be opened in the composer (`id` is `draft:…` or `post:…`).
 */
export interface Place { kind: "stage" | "setup" | "prepared" | "draft" | "text"; id: string; words: string }

/** Something that the night check found, and the places where it can be seen to. */
export interface Finding { words: string; places: Place[] }

/** What the desk asks the server for at once, without the outbox. */
export interface Api {
  /** asks about this blog; throws Refused */
  read(path: string): Promise<any>;
  /** sends a picture: pictures do not wait in the outbox, they would fill the browser's store */
  /** for good, everywhere; whether no other blog has it, so that its files went too */
  deletePicture(name: string): Promise<{ name: string; deleted: boolean }>;
  upload(file: File, options: import("./upload.js").Sending): Promise<any>;
  /** the readers' rendering of a text, and what its editor should know; null without a connection */
  preview(sample: unknown): Promise<{ html: string; advice: string[]; untitled: string[] } | null>;
  /** an address as a link with its title, in Markdown; throws Refused */
  title(address: string): Promise<{ markdown: string }>;
  /** the article that a call would publish; null without a connection, or if the call would be refused */
  rehearsal(call: { category: string; winners: string[]; note?: string }): Promise<{ html: string | null } | null>;
  /** what was copied elsewhere, as Markdown; throws Refused */
  paste(copied: { html: string; text: string }): Promise<{ markdown: string }>;
}

/** What the parts of the screen share; main.js makes it, and each part names what it needs of it. */
export interface Workspace {
  slug: string;
  /** who is signed in; not as an editor is as a contributor */
  me: { name: string; editor: boolean; admin: boolean };
  timelines: Timelines;
  presence: Presence;
  rowActs: RowActs;
  /** The standing note of a recall, in the blog's language. */
  wrong: string;
  api: Api;
  /** does an act through the outbox (acts.js); answers with what is `Kept` when it waits there */
  act(asked: Asked): Promise<any>;
  /** brings a part of the screen forward where there is room for one */
  turnTo(part: string): void;
}
