/** The page that verifies: takes a text, a file or a receipt, asks the server, and checks its proofs here. */

import { checked, historyOnce } from "/static/keys.js";
import { pieces } from "/static/marks.js";
import { isReceipt, readKey } from "/static/proof.js";
import { TEXTS, filled } from "/static/verify_texts.js";

const LANGUAGE = "sekisho.language"; // as on the first page
const PINNED = "sekisho.key";
const ROWS = ["kind", "id", "time", "profile", "policy", "model", "verdict", "finish", "categories", "tokens", "request", "answer"];
const SHORTEST = 20; // letters; a text of fewer is never found (provenance/passages/prints.py)
const CODED = ["picture", "sound", "media"]; // results by codes, of which nothing is shown but how near they are
const TYPES = {
  ...{ txt: "text/plain", text: "text/plain", md: "text/markdown", markdown: "text/markdown", html: "text/html", htm: "text/html" },
  ...{ wav: "audio/wav", mp3: "audio/mpeg", flac: "audio/flac" }, // which browsers call by several names
};

const at = (id) => document.getElementById(id);
let file = ""; // the name of the one that is shown
let language = kept(LANGUAGE) ?? (navigator.language.startsWith("ja") ? "ja" : "en");
let shown = null; // draws the result, given the texts of a language
let titles = {}; // of categories, in both languages
let asked = 0; // so that an answer that comes late does not replace a newer one
let history = historyOnce(); // of keys, for one look-up

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // a browser that forbids storage still verifies
  }
}

function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // as above
  }
}

// Drawing

function draw() {
  const texts = TEXTS[language];
  document.documentElement.lang = language;
  document.title = texts.title;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = texts[each.dataset.text];
  for (const each of document.querySelectorAll("[data-language]"))
    each.setAttribute("aria-pressed", String(each.dataset.language === language));
  const name = file && shown ? [element("p", filled(texts.file, { name: file }), "quiet")] : [];
  at("result").replaceChildren(...name, ...(shown ? shown(texts) : []));
  drawKey(texts);
}

function drawKey(texts, bad = false) {
  const pinned = kept(PINNED);
  at("key-state").textContent = bad ? texts.key_bad : pinned ? filled(texts.key_kept, { name: pinned.split("+")[0] }) : texts.key_none;
  at("key-state").dataset.state = bad ? "bad" : "";
  at("key-forget").hidden = !pinned;
}

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function holding(name, className, ...parts) {
  const made = element(name, "", className);
  made.append(...parts);
  return made;
}

function fact(name, ...values) {
  return holding("div", "", element("dt", name), holding("dd", "", ...values));
}

function headline(sentence, note, stopped = false) {
  const made = holding("div", "sheet papers", element("p", sentence, "verdict"));
  if (note) made.append(element("p", note, "quiet"));
  if (stopped) made.classList.add("is-stopped");
  return made;
}

function moment(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return element("span", String(iso));
  const told = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "medium" }).format(date);
  const made = element("time", told);
  made.dateTime = iso;
  return made;
}

function badge(proof, texts) {
  const sound = proof.reason === "good" || proof.reason === "signed";
  const told = element("p", texts[`proof_${proof.reason}`], "proof");
  told.dataset.proof = sound ? "good" : proof.reason === "absent" || proof.reason === "checking" ? "open" : "bad";
  const parts = [told];
  if (sound) parts.push(element("p", texts[`proof_by_${proof.by}`], "quiet"));
  return fact(texts.proof, holding("div", "proof-told", ...parts));
}

// Results

/** A receipt: what it states is read from the receipt itself, once it is proven. */
function receiptShown(told, proof) {
  return (texts) => {
    const list = element("dl", "", "numbers");
    const statement = proof.statement ?? told.statement;
    for (const row of ROWS) {
      const value = statement[row];
      if (value === undefined) continue;
      list.append(fact(texts[row], ...member(row, value, texts)));
    }
    const place = proof.size === undefined ? told.log : proof;
    if (place) list.append(fact(texts.log, element("span", filled(texts.place, place))));
    list.append(fact(texts.key, element("code", proof.key ?? told.key)), badge(proof, texts));
    const sheet = headline(proof.broken ? texts.bad : texts.good, "", proof.broken);
    sheet.append(list);
    return [sheet];
  };
}

/** What a receipt says in one of its members, in words where it is one of ours; else as it is written. */
function member(row, value, texts) {
  if (row === "time") return [moment(value)];
  if (row === "categories" && Array.isArray(value)) {
    const named = value.map((name) => [element("span", titles[name]?.[language] ?? ""), element("code", String(name))]);
    return value.length ? named.map((parts) => holding("p", "category", ...parts)) : [element("span", texts.none)];
  }
  const words = texts[`${row}_${value}`];
  return words ? [element("span", words), element("code", String(value))] : [element("code", String(value))];
}

function textShown(told, text) {
  const best = told.matches[0];
  if (!best && (text.match(/[\p{L}\p{N}]/gu) ?? []).length < SHORTEST) return (texts) => [headline(texts.short, texts.short_note)];
  const name = best?.exact ? "exact" : told.result;
  return matchesShown(told, text, (texts) => [headline(texts[name], best?.exact || best?.by_mark ? "" : texts[`${told.result}_note`])]);
}

/** Text that stands in a file, or a file like it, came through; what its own papers say stands below. */
function knownFileShown(told, papers) {
  const best = told.matches[0].result;
  return matchesShown(told, told.text, (texts) => [headline(texts[best], texts[`${best}_note`]), ...papers(texts)]);
}

/** Matches, under what `head` draws. */
function matchesShown(told, text, head) {
  let chosen = 0;
  const proofs = told.matches.map(() => ({ reason: "checking" }));
  const view = (texts) => {
    const parts = head(texts);
    if (told.behind) parts[0].append(element("p", filled(texts.behind, { count: told.behind }), "quiet"));
    if (told.matches[chosen]?.spans.length) parts.push(marked(text, told.matches[chosen], texts));
    told.matches.forEach((match, number) => parts.push(matchShown(match, proofs[number], number, texts)));
    return parts;
  };
  const matchShown = (match, proof, number, texts) => {
    const many = told.matches.length > 1;
    const heading = element("h2", many ? filled(texts.match_many, { number: number + 1 }) : texts.match);
    const sheet = holding("section", "sheet papers match", heading, facts(match, proof, texts));
    if (proof.broken) sheet.classList.add("is-stopped");
    const actions = element("div", "", "actions");
    if (many && number !== chosen && match.spans.length) {
      const show = element("button", texts.show, "plain");
      show.type = "button";
      show.addEventListener("click", () => {
        chosen = number;
        draw();
      });
      actions.append(show);
    }
    actions.append(copying(match.receipt, texts));
    sheet.append(actions);
    return sheet;
  };
  told.matches.forEach(async (match, number) => {
    const proof = await checked(match.receipt, told.key, kept(PINNED), history);
    const other = proof.statement && proof.statement.id !== match.exchange;
    proofs[number] = other ? { reason: "other", broken: true } : proof;
    if (shown === view) draw();
  });
  return view;
}

/** What is told of a match comes from its proven statement, as far as it stands there. */
function facts(match, proof, texts) {
  const said = { ...match, ...(proof.statement ?? {}) };
  const list = element("dl", "", "numbers");
  const title = said.profile === match.profile ? (match.title[language] ?? said.profile) : said.profile;
  list.append(
    fact(texts.time, moment(said.time)),
    fact(texts.profile, element("span", title), element("code", said.profile)),
    fact(texts.model, element("code", said.model)),
    fact(texts.verdict, element("span", texts[`verdict_${said.verdict}`] ?? said.verdict)),
    fact(
      match.by_mark ? texts.by_mark : texts.shares,
      match.by_mark
        ? element("span", match.result === "unchanged" ? texts.by_mark_unchanged : texts.by_mark_edited)
        : element("span", filled(CODED.includes(match.result) ? texts.coded_told : texts.shares_told, { share: percent(match.share), of_answer: percent(match.of_answer) })),
    ),
    fact(texts.id, element("code", said.exchange)),
  );
  if (proof.size !== undefined) list.append(fact(texts.log, element("span", filled(texts.place, proof))));
  list.append(badge(proof, texts));
  return list;
}

function percent(share) {
  return share >= 1 ? 100 : Math.min(99, Math.round(100 * share));
}

function marked(text, match, texts) {
  const whole = match.result === "unchanged" && !match.by_mark; // then marks and spaces at the ends belong to it too
  const spans = whole ? [{ start: 0, end: Array.from(text).length }] : match.spans.map(([start, end]) => ({ start, end }));
  const body = element("p", "", "words yours");
  body.tabIndex = 0;
  for (const piece of pieces(text, spans)) body.append(piece.within.length ? element("mark", piece.text, "found same") : piece.text);
  return holding("section", "sheet", element("h2", texts.yours), body);
}

function copying(receipt, texts) {
  const button = element("button", texts.copy, "plain");
  button.type = "button";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(receipt);
      button.textContent = texts.copied;
    } catch {
      location.hash = `receipt=${receipt}`; // where the clipboard is forbidden, the address holds it
    }
  });
  return button;
}

function refused(sentence, words) {
  return (texts) => [headline(texts[sentence], words(texts), true)];
}

/** A file with papers: what they say, in words of whoever signed them. */
function fileShown(told, proof) {
  return (texts) => {
    const name = !told.present ? "file_none" : !told.intact ? "file_changed" : told.ours ? "file_ours" : told.trusted ? "file_trusted" : "file_untrusted";
    const first = headline(texts[name], told.present ? texts.file_note : texts.file_none_note, told.present && !told.intact);
    const list = element("dl", "", "numbers");
    if (told.signer) list.append(fact(texts.signer, element("span", [told.signer, told.issuer].filter(Boolean).join(" / "))));
    if (told.generator) list.append(fact(texts.generator, element("span", told.generator)));
    if (told.present) list.append(fact(texts.generated, element("span", told.generated ? texts.generated_yes : texts.generated_no)));
    if (told.depicted !== null) list.append(fact(texts.depicted, element("span", told.depicted ? texts.depicted_yes : texts.depicted_no)));
    for (const flaw of told.flaws) list.append(fact(texts.flaw, element("span", flaw)));
    if (told.present) first.append(list);
    return proof ? [first, ...receiptShown(told, proof)(texts)] : [first];
  };
}

// Asking

async function fetched(body, type) {
  const response = await fetch("/v1/verify", { method: "POST", headers: { "Content-Type": type, "Accept-Language": language }, body });
  return { good: response.ok, told: await response.json() };
}

function words(told) {
  return () => [told.error?.message, told.error?.hint].filter(Boolean).join(" ");
}

async function ofReceipt(receipt) {
  const { good, told } = await fetched(JSON.stringify({ receipt }), "application/json");
  if (!good) return refused("bad", words(told));
  return receiptShown(told, await checked(receipt, told.key, kept(PINNED), history));
}

async function ofText(text) {
  const { good, told } = await fetched(JSON.stringify({ text }), "application/json");
  return good ? textShown(told, text) : refused("failed", words(told));
}

async function ofFile(file) {
  const type = TYPES[file.name.toLowerCase().split(".").pop()] ?? (file.type || "application/octet-stream");
  const start = file.size <= 64000 && type === "text/plain" ? await file.text() : "";
  if (isReceipt(start)) return ofReceipt(start.trim());
  const { good, told } = await fetched(file, type);
  if (!good) return refused("failed", words(told));
  if (told.result !== "file") return textShown(told, told.text);
  const papers = await papersShown(told);
  if (!told.matches.length) return papers;
  return knownFileShown(told, papers);
}

async function papersShown(told) {
  if (!told.receipt) return fileShown(told, null);
  // The server says by which of the ledger's keys a receipt of its own was signed; another's receipt fits none.
  const { good, told: known } = await fetched(JSON.stringify({ receipt: told.receipt }), "application/json");
  const key = good ? known.key : (await (await fetch("/ledger/key")).text()).trim();
  return fileShown({ ...told, key, statement: {} }, await checked(told.receipt, key, kept(PINNED), history));
}

async function verify(work, name = "") {
  const turn = ++asked;
  history = historyOnce(); // all matches are held against one
  file = name;
  at("form").dataset.state = "busy";
  shown = (texts) => [element("p", texts.busy, "quiet")];
  draw();
  let result;
  try {
    result = await work();
  } catch {
    result = refused("failed", (texts) => texts.unreachable);
  }
  if (turn !== asked) return;
  at("form").dataset.state = "done";
  shown = result;
  draw();
}

function submit(event) {
  event.preventDefault();
  const brought = at("brought").value;
  if (!brought.trim()) verify(async () => refused("failed", (texts) => texts.empty));
  else if (isReceipt(brought)) verify(() => ofReceipt(brought.trim()));
  else verify(() => ofText(brought));
}

function dropped(event) {
  event.preventDefault();
  at("form").classList.remove("is-over");
  const given = event.dataTransfer?.files[0];
  if (given) verify(() => ofFile(given), given.name);
}

async function pin(event) {
  event.preventDefault();
  try {
    keep(PINNED, (await readKey(at("key").value)).written);
    at("key").value = "";
    draw();
  } catch {
    drawKey(TEXTS[language], true);
  }
}

for (const each of document.querySelectorAll("[data-language]"))
  each.addEventListener("click", () => {
    language = each.dataset.language;
    keep(LANGUAGE, language);
    draw();
  });
at("form").addEventListener("submit", submit);
at("brought").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("form").requestSubmit(); // as on the first page
});
at("choose").addEventListener("click", () => at("file").click());
at("file").addEventListener("change", () => {
  const given = at("file").files[0];
  at("file").value = "";
  if (given) verify(() => ofFile(given), given.name);
});
at("form").addEventListener("dragover", (event) => {
  event.preventDefault();
  at("form").classList.add("is-over");
});
at("form").addEventListener("dragleave", () => at("form").classList.remove("is-over"));
at("form").addEventListener("drop", dropped);
at("key-form").addEventListener("submit", pin);
at("key-forget").addEventListener("click", () => {
  keep(PINNED, null);
  draw();
});
addEventListener("hashchange", take);

/** A receipt behind the # never reaches a server's access log; it is verified at once. */
function take() {
  const given = new URLSearchParams(location.hash.slice(1)).get("receipt");
  if (!given) return;
  at("brought").value = given;
  at("form").requestSubmit();
}

/** What categories are called. */
async function learnTitles() {
  try {
    titles = (await (await fetch("/page.json")).json()).categories ?? {};
    draw();
  } catch {
    // their words stand there all the same
  }
}

draw();
take();
learnTitles();
