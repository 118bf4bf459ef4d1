// Where the outbox's acts are stored: IndexedDB, which survives reloads and crashes and is one for all tabs. And whose
// turn it is to send.

/** @import { Act, Lock, OutboxStore } from "./desk.d.ts" */

const DATABASE = "liveblog-desk";
const STORE = "acts";
const LEASE = 40_000; // ms: longer than one try may take

/**
 * @typedef {Omit<Act, "n">} NewAct
 */

/**
 * The store of this browser; one in memory, with `lasting` false, where the browser keeps nothing.
 * @returns {Promise<OutboxStore>}
 */
export async function openOutboxStore() {
  try {
    return new BrowserStore(await open());
  } catch {
    return new MemoryStore();
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(STORE, { keyPath: "n", autoIncrement: true }).createIndex("slug", "slug");
      asked.result.createObjectStore("turns", { keyPath: "name" });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = asked.onblocked = () => fail(asked.error);
  });
}

class BrowserStore {
  lasting = true;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
    database.onversionchange = () => database.close();
  }

  /** @param {NewAct} act @returns {Promise<number>} */
  add(act) {
    return this.#work((acts, give) => whenDone(acts.add(act), give));
  }

  /** @param {string} slug @returns {Promise<Act[]>} */
  all(slug) {
    return this.#work((acts, give) => whenDone(acts.index("slug").getAll(slug), give), "readonly");
  }

  /** Put fields into an act that is still there. @param {number} n @param {Partial<Act>} fields */
  change(n, fields) {
    return this.#work((acts) =>
      whenDone(acts.get(n), (act) => { if (act) acts.put({ ...act, ...fields }); }));
  }

  /** @param {number} n */
  remove(n) {
    return this.#work((acts) => { acts.delete(n); });
  }

  /**
   * Resolves with what was given, once the browser has it on disk.
   * @param {(store: IDBObjectStore, give: (value: any) => void) => void} act
   * @param {IDBTransactionMode} mode
   * @returns {Promise<any>}
   */
  #work(act, mode = "readwrite", store = STORE) {
    return new Promise((done, fail) => {
      /** @type {any} */
      let answer;
      const work = this.database.transaction(store, mode, { durability: "strict" });
      work.oncomplete = () => done(answer);
      work.onerror = work.onabort = () => fail(work.error);
      act(work.objectStore(store), (value) => { answer = value; });
    });
  }

  /**
   * Web Locks are missing on plain-http addresses: there a written lease, renewed while the work goes on, says whose
   * turn it is.
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} work
   */
  async lease(name, work) {
    const me = Math.random().toString(36);
    const take = () => this.#work((turns, give) => whenDone(turns.get(name), (lease) => {
      const free = !lease || lease.me === me || lease.until < Date.now();
      if (free) turns.put({ name, me, until: Date.now() + LEASE });
      give(free);
    }), "readwrite", "turns");
    while (!(await take())) await new Promise((done) => setTimeout(done, 200));
    const renewing = setInterval(take, LEASE / 4);
    try {
      return await work();
    } finally {
      clearInterval(renewing);
      await this.#work((turns) => { turns.delete(name); }, "readwrite", "turns");
    }
  }
}

/** @template T @param {IDBRequest<T>} request @param {(result: T) => void} act */
function whenDone(request, act) {
  request.onsuccess = () => act(request.result);
}

class MemoryStore {
  lasting = false;
  /** @type {Map<number, Act>} */
  #acts = new Map();
  #n = 0;

  /** @param {NewAct} act */
  async add(act) {
    this.#n += 1;
    this.#acts.set(this.#n, { ...act, n: this.#n });
    return this.#n;
  }

  /** @param {string} slug */
  async all(slug) {
    return [...this.#acts.values()].filter((act) => act.slug === slug).map((act) => ({ ...act }));
  }

  /** @param {number} n @param {Partial<Act>} fields */
  async change(n, fields) {
    const act = this.#acts.get(n);
    if (act) this.#acts.set(n, { ...act, ...fields });
  }

  /** @param {number} n */
  async remove(n) {
    this.#acts.delete(n);
  }

  /** @template T @param {string} name @param {() => Promise<T>} work */
  lease(name, work) {
    return work();
  }
}

/**
 * A lock that no two tabs of this browser hold at once.
 * @param {OutboxStore} store
 * @param {string} name
 * @returns {Lock}
 */
export function acrossTabs(store, name) {
  if (navigator.locks) return (work) => navigator.locks.request(name, work);
  return (work) => store.lease(name, work);
}
