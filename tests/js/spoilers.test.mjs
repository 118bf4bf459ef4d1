import assert from "node:assert/strict";
import { test } from "node:test";
import { calledBy, names, read } from "../../static/js/reader/names.js";
import { tells } from "../../static/js/reader/results.js";
import { spoils } from "../../static/js/reader/spoilers.js";

/** @import { Category } from "../../static/js/reader/wire.d.ts" */
/** @import { SpoilerPost } from "../../static/js/reader/spoilers.js" */

const NOMINEES = [
  { id: "baker", name: "Sean Baker", film: "Anora" },
  { id: "audiard", name: "Jacques Audiard", film: "Emilia Pérez" },
  { id: "corbet", name: "Brady Corbet", film: "The Brutalist" },
];
/** @param {number} minute */
const at = (minute) => `2025-03-03T03:${String(minute).padStart(2, "0")}:00.000Z`;
/** @param {Partial<Category>} [fields] @returns {Category} */
const director = (fields) =>
  ({ kind: "category", id: "director", seq: 1, html: "", name: "Best Director", state: "upcoming",
    nominees: NOMINEES, winners: [], corrections: [], ...fields });
/** @param {Partial<Category>} [fields] */
const called = (fields) => director({ state: "announced", winners: ["baker"], announced_at: at(2), ...fields });
const picture = director({ id: "picture", name: "Best Picture" });
const actor = called({ id: "actor", name: "Best Actor", state: "confirmed", winners: ["audiard"] });
/** @param {Partial<SpoilerPost>} [fields] */
const post = (fields) => ({ type: "update", published_at: at(5), text: "", ...fields });

// -- which updates tell

test("results are hidden, the preview and what came before the first result are not", () => {
  assert.equal(spoils(post({ type: "result" }), [picture]), true);
  assert.equal(spoils(post({ type: "preview", published_at: at(0), text: "Sean Baker" }), [called()]), false);
  const arrival = post({ published_at: at(1), category: "director", text: "Sean Baker arrives" });
  assert.equal(spoils(arrival, [called()]), false);
  assert.equal(spoils(post({ text: "Sean Baker arrives" }), [director(), picture]), false);
});

test("what was changed since the first result may tell it, also the preview", () => {
  const before = post({ type: "preview", published_at: at(0), text: "Six nominations" });
  assert.equal(spoils({ ...before, changed_at: at(1) }, [called()]), false);
  assert.equal(spoils({ ...before, changed_at: at(3) }, [called()]), true);
});

test("after a result: what is about it, about anything, or names the winner", () => {
  const now = [called({ winners: ["audiard"] }), picture];
  assert.equal(spoils(post({ category: "director" }), now), true);
  assert.equal(spoils(post({ text: "Five of six!" }), now), true);
  assert.equal(spoils(post({ category: "picture", text: "The envelope is opened" }), now), false);
  assert.equal(spoils(post({ category: "picture", text: "Can EMILIA PEREZ do it again?" }), now), true);
  assert.equal(spoils(post({ category: "picture", text: "Anora is next" }), now), false);
});

test("a corrected result tells by the wrong names too, and from the first announcement on", () => {
  const withdrawn = director({ state: "on_stage", corrections: [{ at: at(4), note: "Wrong envelope" }] });
  assert.equal(tells(withdrawn), true);
  assert.equal(spoils(post({ category: "picture", text: "Poor Sean Baker" }), [withdrawn, picture]), true);
  const between = post({ published_at: at(3), text: "What a night for Sean!" });
  assert.equal(spoils(between, [withdrawn, picture]), false); // as far as the category itself knows
  assert.equal(spoils(between, [withdrawn, picture], { first: { director: at(2) } }), true);
});

test("a result in doubt tells by every nominee's name", () => {
  const doubted = called({ doubt: { at: at(4) } });
  const rumour = post({ category: "picture", text: "Was it Jacques Audiard?" });
  assert.equal(spoils(rumour, [doubted, picture]), true);
});

test("a result that was shown tells no more, but an update about it may tell another", () => {
  const known = { shown: (/** @type {string} */ id) => id === "director" };
  const night = [actor, called(), picture];
  const about = (/** @type {string} */ text) => spoils(post({ category: "director", text }), night, known);
  assert.equal(spoils(post({ type: "result", category: "director" }), night, known), false);
  assert.equal(about("Sean Baker thanks his dog"), false);
  assert.equal(about("Audiard applauds him"), true);
  assert.equal(spoils(post({ type: "result", category: "actor" }), night, known), true);
});

// -- whether a text names somebody

/** @param {string} name @param {string} film @param {string} text */
const tellsOf = (name, film, text) => calledBy({ id: "n", name, film }).some((call) => names(read(text), call));

const NAMED = [
  ["Sean Baker", "Anora", "Baker, who took the first award tonight, is back"],
  ["Sean Baker", "Anora", "BAKER AGAIN"],
  ["Sean Baker", "Anora", "and so baker’s night goes on"],
  ["Sean Baker", "Anora", "S. Baker"],
  ["Sean Baker", "Anora", "Anoras große Nacht"],
  ["Brady Corbet", "The Brutalist", "Once more “Brutalist”"],
  ["Brady Corbet", "The Brutalist", "brutalist wins"],
  ["Jacques Audiard", "Emilia Pérez", "l’équipe d’Audiard"],
  ["Hirokazu Kore-eda", "", "Koreeda smiles"],
  ["Hirokazu Kore-eda", "", "Will Kore‑eda do it?"],
  ["是枝裕和", "", "是枝監督が登場"],
  ["是枝 裕和", "", "次は是枝裕和が"],
  ["x", "万引き家族", "映画「万引き家族」は"],
  ["봉준호", "", "이제 준호가"],
  ["نادين لبكي", "", "ولبكي تبتسم"],
  ["x", "كفرناحوم", "فيلم كفرناحوم"],
  ["אבי נשר", "", "תודה לנשר"],
  ["สมชาย ใจดี", "", "คุณสมชายมา"],
  ["Θόδωρος Αγγελόπουλος", "", "του Αγγελόπουλου"],
  ["Шон Бейкер", "Анора", "победа Бейкера"],
  ["Шон Бейкер", "Анора", "для «Аноры»"],
  ["Krzysztof Kowalski", "", "brawa dla Kowalskiego"],
  ["Gints Zilbalodis", "Flow", "Zilbaloža filma"],
  ["Björn Müller", "", "Mueller next to Muller"],
  ["Łukasz Żal", "", "and Lukasz"],
  ["Bong Joon Ho", "", "Bong is here"],
  ["Jo Wu", "Up", "and Wu again"],
  ["Jo Wu", "Up", "after Up, everybody"],
  ["Josh O’Connor", "", "OConnor on stage"],
  ["Daniel Kwan, Daniel Scheinert", "", "scheinert laughs"],
  ["x", "Dune: Part Two", "Dune leads"],
  ["x", "The Lord of the Rings: The Return of the King", "it is the return of the king"],
  ["x", "One Battle After Another", "the makers of Battle are here"],
  ["x", "1917", "After 1917, next"],
  ["x", "The Shawshank Redemption", "Shawshank takes it!"],
  ["x", "The Shawshank Redemption", "shawshank it is"],
  ["x", "Brokeback Mountain", "Brokeback wins its third"],
  ["x", "Brokeback Mountain", "Mountain after mountain"],
  ["x", "KPop Demon Hunters", "KPop wins"],
  ["x", "12 Years a Slave", "And 12 Years, again"],
  ["x", "Once Upon a Time in Hollywood", "Hollywood about Hollywood"],
  ["Robert De Niro", "", "DeNiro rises"],
  ["Danny DeVito", "", "And De Vito laughs"],
  ["H.E.R.", "", "HER for the song"],
  ["J.K. Simmons", "", "JK on stage"],
  ["宮﨑駿", "", "駿さんは来ない"],
  ["x", "君たちはどう生きるか", "「君たちは」の監督"],
  ["x", "卧虎藏龙", "卧虎之夜"],
];
const NOT_NAMED = [
  ["Sean Baker", "Anora", "The envelope is opened"],
  ["Will Smith", "King Richard", "Who will it be?"],
  ["Mark Eydelshteyn", "", "They missed the mark"],
  ["Ang Lee", "", "Angela comes, and leaves"],
  ["Fernanda Torres", "I’m Still Here", "There is still hope here"],
  ["x", "Everything Everywhere All at Once", "Everything is ready for Best Picture"],
  ["x", "12 Years a Slave", "In 12 minutes we know"],
  ["x", "12 Years a Slave", "Years of work, says the orchestra"],
  ["x", "There Will Be Blood", "There is a pause"],
  ["x", "Anora", "De Palma gave an oral history"],
  ["x", "そして父になる", "そして次は作品賞"],
  ["宮﨑駿", "", "次の監督は"],
  ["Jo Wu", "Up", "Best Picture is coming up"],
  ["El Mal", "Emilia Pérez", "El premio que viene"],
  ["نادين لبكي", "كفرناحوم", "الجائزة التالية هي أفضل فيلم"],
  ["是枝裕和", "万引き家族", "次は作品賞です"],
  ["김기덕", "피에타", "다음은 작품상"],
  ["Θόδωρος Αγγελόπουλος", "", "Και τώρα η καλύτερη ταινία"],
];

for (const [name, film, text] of NAMED) {
  test(`“${text}” names ${name}, ${film}`, () => assert.equal(tellsOf(name, film, text), true));
}
for (const [name, film, text] of NOT_NAMED) {
  test(`“${text}” does not name ${name}, ${film}`, () => assert.equal(tellsOf(name, film, text), false));
}

test("whatever else a nominee is called by tells as well", () => {
  const nominee = { id: "n", name: "The team", film: "", films: ["Flow"], detail: "El Mal" };
  assert.equal(calledBy(nominee).some((call) => names(read("Flow for Latvia"), call)), true);
  assert.equal(calledBy(nominee).some((call) => names(read("…and then El Mal"), call)), true);
});
