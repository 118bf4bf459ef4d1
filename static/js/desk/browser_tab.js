// Which of this browser's tabs this is: a name that outlives a reload and that no other open tab has.

const PATIENCE = 600; // ms in which a page that is being reloaded lets go of its name

/** @param {string} slug @returns `name`; `open` resolves with a function that says whether a tab of a name is open */
export async function thisTab(slug) {
  const prefix = `liveblog-tab-${slug}-`;
  const fresh = () => Math.random().toString(36).slice(2, 10);
  let name = stored(prefix) ?? fresh();
  // a duplicated tab brought the other one's name along
  if (navigator.locks && !(await held(prefix + name, PATIENCE))) {
    name = fresh();
    await held(prefix + name, 0);
  }
  store(prefix, name);
  return {
    name,
    async open() {
      if (!navigator.locks) return () => false;
      const { held: locks } = await navigator.locks.query();
      const names = new Set(locks?.map((lock) => lock.name));
      return (/** @type {string} */ other) => names.has(prefix + other);
    },
  };
}

/**
 * Hold the name until the page goes; false if another page has it.
 * @param {string} name
 * @param {number} patience ms
 * @returns {Promise<boolean>}
 */
function held(name, patience) {
  return new Promise((done) => {
    const signal = AbortSignal.timeout(patience || 1000);
    navigator.locks.request(name, { signal }, () => {
      done(true);
      return new Promise(() => {});
    }).catch(() => done(false));
  });
}

/** Where this browser keeps texts; null where it forbids that. */
export function lasting() {
  try { return localStorage; } catch { return null; }
}

/** @param {string} key */
function stored(key) {
  try { return sessionStorage.getItem(key); } catch { return null; }
}

/** @param {string} key @param {string} value */
function store(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch { /* then a reload is another tab, and its text is offered as left behind */ }
}
