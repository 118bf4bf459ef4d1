/** What the server sends (docs/protocol.md), and what the reader's scripts hand to each other. Types only. */

/** `mark` proves of which history this much is known. */
export interface Position { epoch: string; seq: number; mark?: string }

export interface Nominee { id: string; name: string; film?: string; detail?: string; films?: string[] }

/** That of a recall has the names that were announced until then, and the id of the post that shows it, too. */
export interface Correction { at: string; note: string; was?: string[]; post?: string }

/** A result is in doubt, since when and why. */
export interface Doubt { at: string; note?: string }

export interface Venue { name: string; locality?: string; country?: string }

export interface Blog {
  kind: "blog"; id: string; seq: number; title: string; summary: string; status: string; timezone: string;
  order: string[]; pinned?: string; pinned_below?: string; film?: string; starts?: string; venue?: Venue;
  reworded_at?: string;
}

export interface Category {
  kind: "category"; id: string; seq: number; name: string; state: string; nominees: Nominee[]; winners: string[];
  corrections: Correction[]; announced_at?: string; confirmed_at?: string; post?: string; doubt?: Doubt;
  removed?: boolean; html: string; decision?: string;
}

export interface Post {
  kind: "post"; id: string; seq: number; published_at: string; type: string; html: string; moment?: string;
  headline?: string; category?: string; retracted?: boolean;
}

export type PublicObject = Blog | Category | Post;

/** A catch-up: `sync`, or an answer of /changes, with the cursor to wait at; null objects are too many for a socket. */
export interface CatchUp extends Position {
  reset?: boolean; objects: PublicObject[] | null; tally?: string; retry_ms?: number; cursor?: string;
}

export interface Change extends Position { prev: number; prev_mark?: string; objects: PublicObject[]; tally?: string }

/** `tally` is given when it changed; else the last one is still right. */
export type Apply = (objects: PublicObject[], reset: boolean, tally?: string) => void;

/** What a page's scripts know from the start. */
export interface Facts {
  blog: Blog; categories: Category[]; labels: { status: Record<string, string> };
  first_results: Record<string, string>; // when each category's first result was public, by its id
}

/** What a category's result has become. */
export interface News { category: Category; what: "won" | "doubted" | "corrected" | "withdrawn" }

declare global {
  /** The connection that early_socket.js has begun, and what was said so far; until live_socket.js takes it. */
  var early: { socket: WebSocket; messages: string[] } | undefined;
  /** Fulfilled when the page can be measured (before_paint.js). */
  var shown: Promise<void> | undefined;
}
