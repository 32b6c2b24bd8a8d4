/** Draws one passage: your text, what the model saw, the answer, the papers. Always from the whole state. */

import { pieces, placeholders } from "./marks.js";
import { known, say } from "./texts.js";

const SEALS = { pass: "通", annotate: "注", mask: "伏", replace: "替", hold: "留", refuse: "止" };
const RECEIPT_ENDS = 14; // characters shown of each end of a long receipt

/**
 * A passage. `phase` is idle, running, done, stopped or failed; `mode` is ask or check.
 * @returns {{phase: string, mode: string, question: string, answer: string, finish: string, started: object, explained: object | null, fault: object | null}}
 */
export function passage(phase = "idle", mode = "ask", question = "") {
  return { phase, mode, question, answer: "", finish: "", started: {}, explained: null, fault: null };
}

/** Shows `now` in the language and with the category names of `setting`. */
export function draw(now, setting) {
  const tell = (key, details) => say(setting.language, key, details);
  drawFound(now, setting, tell);
  drawSaw(now, tell);
  drawAnswer(now, tell);
  drawPapers(now, setting, tell);
}

function drawFound(now, setting, tell) {
  const findings = entryFindings(now);
  const station = { sheet: at("found"), note: at("found-note"), place: at("station-found") };
  if (now.phase === "idle") return close(station, tell("found_idle"), "idle");
  station.sheet.replaceChildren(...pieces(now.question, findings).flatMap((piece) => marked(piece, setting)));
  if (now.phase === "running") return open(station, tell("found_pending"), "busy");
  if (!now.explained) return open(station, "", "idle");
  open(station, findings.length ? tell("found_count", { count: findings.length }) : tell("found_none"), "done");
}

function marked(piece, setting) {
  if (!piece.within.length) return [document.createTextNode(piece.text)];
  const mark = element("mark", { class: "found", "data-family": family(piece.within[0].category) }, piece.text);
  const labels = new Set(piece.ending.map((each) => title(each.category, setting)));
  return [mark, ...[...labels].map((label) => tag(label, family(piece.ending[0].category)))];
}

function drawSaw(now, tell) {
  at("saw-heading").textContent = tell(now.mode === "check" && now.phase !== "idle" ? "saw_heading_check" : "saw_heading");
  const station = { sheet: at("saw"), note: at("saw-note"), place: at("station-saw") };
  if (now.phase === "idle") return close(station, tell("saw_idle"), "idle");
  if (now.phase === "running") return close(station, tell("saw_pending"), "busy");
  if (!now.explained) return close(station, tell("saw_unknown"), "idle");
  const seen = now.explained.model_saw ?? [];
  if (!seen.length) return close(station, tell(now.mode === "check" ? "saw_nothing_check" : "saw_nothing"), "stopped");
  station.sheet.replaceChildren(...seen.map((message) => spoken(message, seen.length > 1, now.question, tell)));
  const same = seen.length === 1 && seen[0].content === now.question;
  open(station, tell(same ? "saw_same" : "saw_masked"), "done");
}

function spoken(message, several, original, tell) {
  const role = known(`role_${message.role}`) ? tell(`role_${message.role}`) : message.role;
  const content = typeof message.content === "string" ? message.content : JSON.stringify(message.content);
  const words = placeholders(content, original).map((piece) =>
    piece.placeholder ? element("mark", { class: "standin" }, piece.text) : document.createTextNode(piece.text),
  );
  const line = element("p", {});
  if (several) line.append(element("span", { class: "role" }, role));
  line.append(...words);
  return line;
}

function drawAnswer(now, tell) {
  const station = { sheet: at("answer-sheet"), note: at("answer-note"), place: at("station-answer") };
  at("answer").setAttribute("aria-busy", String(now.phase === "running"));
  if (now.phase === "idle") return close(station, tell("answer_idle"), "idle");
  if (now.phase === "failed") return drawFault(station, now, tell);
  if (now.mode === "check") return close(station, now.phase === "done" ? tell("answer_check") : "", "idle");
  if (now.phase === "running" && !now.answer) return close(station, tell("answer_pending"), "busy");
  const refused = now.finish === "content_filter";
  fillAnswer(now.answer, refused ? tell(now.explained?.model_saw?.length ? "answer_cut" : "answer_refused") : "");
  at("answer-hint").hidden = now.finish !== "length";
  at("answer-hint").textContent = tell("answer_length");
  open(station, afterAnswer(now, tell), now.phase === "running" ? "busy" : refused ? "stopped" : "done");
  at("answer-sheet").hidden = !now.answer;
}

function afterAnswer(now, tell) {
  if (now.phase === "stopped") return tell("answer_stopped");
  return now.phase === "done" && !now.answer ? tell("answer_none") : "";
}

function drawFault(station, now, tell) {
  const { key, says, hint, status } = now.fault;
  const words = key ? tell(key, { status }) : says;
  fillAnswer(now.answer ? `${now.answer}\n\n${words}` : words, tell("answer_failed"));
  at("answer-hint").textContent = key ? tell(`${key}_hint`) : hint;
  at("answer-hint").hidden = !at("answer-hint").textContent;
  open(station, "", "stopped");
}

function fillAnswer(words, label) {
  if (at("answer").textContent !== words) at("answer").textContent = words;
  at("answer-label").textContent = label;
  at("answer-label").hidden = !label;
  at("answer-sheet").classList.toggle("is-stopped", Boolean(label));
}

function drawPapers(now, setting, tell) {
  const station = { sheet: at("papers"), note: at("papers-note"), place: at("station-papers") };
  drawNumbers(now);
  if (now.phase === "idle") return close(station, tell("papers_idle"), "idle");
  if (now.phase === "running") return close(station, tell("papers_pending"), "busy");
  if (!now.explained) return withoutVerdict(station, now, tell);
  const { verdict, notice = "" } = now.explained;
  const findings = counting(now);
  station.sheet.classList.remove("is-bare");
  drawRuling(verdict, now.mode, tell);
  at("notice").textContent = notice;
  at("notice").hidden = !notice || now.answer.trim().endsWith(notice.trim());
  at("why").hidden = !findings.length;
  at("reasons").replaceChildren(...findings.map((each) => reason(each, setting, tell)));
  open(station, "", verdict === "refuse" ? "stopped" : "done");
}

function withoutVerdict(station, now, tell) {
  const note = tell(now.phase === "stopped" ? "papers_stopped" : "papers_failed");
  station.sheet.classList.add("is-bare");
  if (now.started.exchange) open(station, note, "idle");
  else close(station, note, "idle");
}

function drawRuling(verdict, mode, tell) {
  const asked = mode === "ask" ? ["verdict", "meaning"] : ["would", "means"];
  const [words, meaning] = asked.map((kind) => (known(`${kind}_${verdict}`) ? tell(`${kind}_${verdict}`) : ""));
  at("papers").dataset.verdict = verdict;
  at("seal").textContent = SEALS[verdict] ?? "検";
  at("verdict").textContent = words || tell("verdict_unknown", { verdict });
  at("verdict-meaning").textContent = meaning;
}

function reason(finding, setting, tell) {
  const line = element("li", {});
  const stage = known(`stage_${finding.stage}`) ? tell(`stage_${finding.stage}`) : finding.stage;
  const sureness = tell("sureness", { percent: Math.round(finding.score * 100) });
  line.append(
    tag(title(finding.category, setting), family(finding.category)),
    element("span", { class: "quiet" }, `${stage} · ${sureness}`),
    element("code", {}, finding.rule ?? ""),
  );
  return line;
}

function drawNumbers(now) {
  const receipt = now.explained?.receipt || now.started.receipt || "";
  show("exchange", now.explained?.exchange || now.started.exchange || "", (text) => text);
  show("receipt", now.phase === "done" ? receipt : "", shortened);
  at("receipt-link").href = `/verify#${new URLSearchParams({ receipt })}`;
  at("numbers").hidden = at("exchange-row").hidden && at("receipt-row").hidden;
}

function show(name, full, form) {
  at(`${name}-row`).hidden = !full;
  at(name).textContent = form(full);
  at(name).dataset.full = full;
  at(name).title = full;
}

function shortened(text) {
  return text.length > 2 * RECEIPT_ENDS + 1 ? `${text.slice(0, RECEIPT_ENDS)}…${text.slice(-RECEIPT_ENDS)}` : text;
}

/** What was found: something follows from it, or it is likelier right than not (core/exchange.py, `Judged.counts`). */
function counting(now) {
  const all = now.explained?.findings ?? [];
  return all.filter((each) => each.verdict !== "pass" || each.score >= 0.5);
}

function entryFindings(now) {
  return counting(now).filter((each) => each.stage === "entry" && (now.mode === "check" || ownWords(each.path)));
}

/** Whether a finding lies in the one message that this page sends. */
function ownWords(path = []) {
  return path[0] === "messages" && path[1] === 0 && path[2] === "content";
}

function title(category, setting) {
  return setting.categories[category]?.[setting.language] ?? category;
}

function family(category) {
  const first = category.split(".", 1)[0];
  return ["privacy", "secret"].includes(first) ? first : ["attack", "harm", "agency"].includes(first) ? "danger" : "other";
}

function tag(label, kind) {
  return element("span", { class: "tag", "data-family": kind }, label);
}

function open(station, note, state) {
  station.sheet.hidden = false;
  settle(station, note, state);
}

function close(station, note, state) {
  station.sheet.hidden = true;
  settle(station, note, state);
}

function settle(station, note, state) {
  station.note.textContent = note;
  station.note.hidden = !note;
  station.place.dataset.state = state;
}

function element(name, attributes, text = "") {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.textContent = text;
  return made;
}

function at(id) {
  return document.getElementById(id);
}
