/** What the desk's scripts hand to each other. Types only. */

import type { RowActs } from "./row_acts.js";
import type { State } from "./state.js";
import type { Blog, Category, Correction, Nominee, Position } from "../reader/wire.d.ts";

export type { Blog, Category, Nominee, Position };

export interface Picture {
  name: string; width: number; height: number; alt: string;
  widths?: number[]; moving?: string; caption?: string | null; credit?: string | null;
}

/** A text's fields as the API takes and gives them; text.js says what each is. What is empty may be missing. */
export interface Text {
  type?: string; headline?: string | null; body?: string; category?: string | null; key?: boolean;
  byline?: string | null; media?: Picture[];
}

export interface Post extends Text {
  kind: "post"; id: string; seq: number; published_at: string; updated_at?: string; corrections: Correction[];
  retracted?: boolean; gone?: undefined; html?: string;
}

/** When a draft goes out by itself; null for what it has not. */
export interface Plan {
  publish_at: string | null;
  on: { category: string; state: string } | null;
  outcome: { category: string; nominee: string } | null;
}

export interface Draft extends Text, Partial<Plan> {
  kind: "draft"; id: string; seq: number; author: string; editor?: string; state: string; note?: string;
  put_away?: boolean; gone?: boolean; retracted?: undefined;
}

export type Written = Post | Draft;
export type DeskObject = Blog | Category | Written;

/** What is being edited, as it was when editing began. */
export interface Target { kind: "post" | "draft"; id: string; base: Written }

/** An API's error, docs/api.md. */
export interface Problem { code?: string; title?: string; detail?: string; current?: any; field?: string }

/** An answer of the API; `value` is its JSON. None at all is null. */
export interface Answer { ok: boolean; status: number; value: any; retryAfter?: number }

/** What an editor asked for. */
export interface Asked {
  kind: string; method: string; path: string; body?: unknown; subject?: string; words: string;
  /** the version (seq) that it was meant for */
  match?: number;
  /** the text that goes back into the composer when it is taken back */
  edit?: { text: Text & { correction?: string }; target: Target | null; plan?: Plan };
}

/** One in the outbox (outbox.js). */
export interface Act extends Asked {
  n: number; key: string; subject: string; slug: string; who: string; state: "waiting" | "done" | "refused";
  /** ms since 1970: placed; answered; until when the editor wants it; until when others go first */
  made: number; sent?: number; sure?: number; rests?: number;
  tries: number; faults?: number; doubt: boolean;
  answer?: any; problem?: Problem;
}

/** Keeps the outbox's acts. */
export interface OutboxStore {
  /** whether they outlive the page */
  lasting: boolean;
  add(act: Omit<Act, "n">): Promise<number>;
  all(slug: string): Promise<Act[]>;
  change(n: number, fields: Partial<Act>): Promise<unknown>;
  remove(n: number): Promise<unknown>;
  lease(name: string, work: () => Promise<any>): Promise<any>;
}

/** What a tab's composer held, or what was set aside from it; `at` is in ms since 1970. */
export interface KeptText {
  at: number; title?: string; text: Text & { correction?: string }; target?: Target | null; plan?: Plan;
}

/** Somebody at the desk; `editing` is `post:…` or `draft:…`. */
export interface Person { name: string; role: string; editing?: string | null }

/** Shows a text beside the composer's buttons; a button stays for `ms`. */
export interface Tell {
  (text: string, more?: { label: string; act: () => void; ms: number }): void;
  /** puts other words in place of a part and leaves it where it is */
  instead(part: RegExp, text: string): void;
  /** presses the button */
  press(): void;
}

/** What the parts of the screen share; main.js makes it. */
export interface Desk {
  slug: string;
  /** who is signed in, and whether as an editor or a contributor */
  who: string;
  editor: boolean;
  /** what readers have, and what only the desk has */
  state: State;
  drafts: State;
  rowActs: RowActs;
  /** brings a part of the screen forward where there is room for one */
  turnTo(part: string): void;
  /** the version of an object that the desk shows */
  seqOf(subject: string): number | undefined;
  prepared(category: Category, nominee: Nominee): Draft | undefined;
  /** who else edits an object, in words */
  editing(ref: string): string;
  /** asks the API about this blog; throws Refused */
  read(path: string): Promise<any>;
  /** sends a picture: pictures do not wait in the outbox, they would fill the browser's store */
  upload(file: File, options: { progress?: (part: number) => void; signal?: AbortSignal }): Promise<any>;
  /** the readers' rendering of a text; null when the line is away */
  preview(sample: unknown): Promise<{ html: string } | null>;
  /** does an act through the outbox (acts.js); {kept: true} when it waits there */
  act(asked: Asked): Promise<any>;
}
