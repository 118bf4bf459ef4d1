// Where the outbox's acts lie: IndexedDB, which survives reloads and crashes and is one for all tabs. And whose turn it
// is to send.

const DATABASE = "liveblog-desk";
const STORE = "acts";
const LEASE = 40_000; // ms: longer than one try may take

/** The store of this browser; one in memory, with `lasting` false, where the browser keeps nothing. */
export async function openOutboxStore() {
  try {
    return new BrowserStore(await open());
  } catch {
    return new MemoryStore();
  }
}

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

  constructor(database) {
    this.database = database;
    database.onversionchange = () => database.close();
  }

  add(act) {
    return this.#work((acts, give) => { acts.add(act).onsuccess = ({ target }) => give(target.result); });
  }

  all(slug) {
    return this.#work((acts, give) => {
      acts.index("slug").getAll(slug).onsuccess = ({ target }) => give(target.result);
    }, "readonly");
  }

  /** Put fields into an act that is still there. */
  change(n, fields) {
    return this.#work((acts) => {
      acts.get(n).onsuccess = ({ target }) => { if (target.result) acts.put({ ...target.result, ...fields }); };
    });
  }

  remove(n) {
    return this.#work((acts) => { acts.delete(n); });
  }

  /** Resolves once the browser has it on disk. */
  #work(act, mode = "readwrite", store = STORE) {
    return new Promise((done, fail) => {
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
   */
  async lease(name, work) {
    const me = Math.random().toString(36);
    const take = () => this.#work((turns, give) => {
      turns.get(name).onsuccess = ({ target }) => {
        const free = !target.result || target.result.me === me || target.result.until < Date.now();
        if (free) turns.put({ name, me, until: Date.now() + LEASE });
        give(free);
      };
    }, "readwrite", "turns");
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

class MemoryStore {
  lasting = false;
  #acts = new Map();
  #n = 0;

  async add(act) {
    this.#n += 1;
    this.#acts.set(this.#n, { ...act, n: this.#n });
    return this.#n;
  }

  async all(slug) {
    return [...this.#acts.values()].filter((act) => act.slug === slug).map((act) => ({ ...act }));
  }

  async change(n, fields) {
    if (this.#acts.has(n)) this.#acts.set(n, { ...this.#acts.get(n), ...fields });
  }

  async remove(n) {
    this.#acts.delete(n);
  }

  lease(name, work) {
    return work();
  }
}

/** A function that runs work while no other tab of this browser runs any under the same name. */
export function acrossTabs(store, name) {
  if (navigator.locks) return (work) => navigator.locks.request(name, work);
  return (work) => store.lease(name, work);
}
