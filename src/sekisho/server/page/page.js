/** The first page: what a visitor chooses and does. Texts, drawing and speaking stand in files of their own. */

import { about, ask, check, Fault } from "./exchange.js";
import { program, veiled } from "./programs.js";
import { draw, passage } from "./road.js";
import { LANGUAGES, say } from "./texts.js";

const AGAIN_MS = 1500; // between looks at a model that is getting ready
const COPIED_MS = 1800;
const STORED = "sekisho.language";

const page = {
  language: "en",
  server: null, // what /page.json told; null until it has
  unreachable: false,
  passage: passage(),
  state: "", // key of the line under the form
  program: "python",
  stop: null, // AbortController of what is running
};

function at(id) {
  return document.getElementById(id);
}

function tell(key, details) {
  return say(page.language, key, details);
}

// ---- language

function remembered() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // storage is forbidden here: the choice lasts as long as the page
  }
}

function remember(language) {
  try {
    localStorage.setItem(STORED, language);
  } catch (fault) {
    console.info("The language cannot be remembered here.", fault.name); // as above
  }
}

function ownLanguage(fallback) {
  const wanted = [remembered(), ...(navigator.languages ?? [navigator.language])].filter(Boolean);
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => LANGUAGES.includes(tag)) ?? fallback;
}

function speak(language) {
  page.language = language;
  document.documentElement.lang = language;
  document.title = tell("title");
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = tell(each.dataset.text);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", tell(each.dataset.label));
  at("question").placeholder = tell(at("question").dataset.placeholder);
  for (const each of document.querySelectorAll("[data-language]")) {
    each.setAttribute("aria-pressed", String(each.dataset.language === language));
  }
  drawServer();
  drawPassage();
}

// ---- what the server offers

async function meet() {
  const first = page.server === null;
  try {
    page.server = await about();
    page.unreachable = false;
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    page.unreachable = true;
  }
  if (first && page.server) return settle();
  drawServer();
  return waitForModel();
}

function settle() {
  at("profile").dataset.chosen = page.server.profile ?? "";
  speak(ownLanguage(LANGUAGES.includes(page.server.language) ? page.server.language : "en"));
  waitForModel();
}

function waitForModel() {
  if (page.server?.models.some((model) => !model.ready)) setTimeout(meet, AGAIN_MS);
}

function chosenModel() {
  const models = page.server?.models ?? [];
  return models.find((model) => model.name === at("model").value) ?? models[0];
}

function chosenProfile() {
  const profiles = page.server?.profiles ?? [];
  const wanted = at("profile").value || at("profile").dataset.chosen;
  return profiles.find((profile) => profile.name === wanted) ?? profiles[0];
}

function ownKey() {
  return page.server?.key || at("key").value.trim();
}

function drawServer() {
  const { profiles = [], models = [], key, version } = page.server ?? {};
  const profile = chosenProfile();
  const model = chosenModel();
  fill(at("profile"), profiles.map((each) => [each.name, each.title[page.language]]), profile?.name);
  fill(at("model"), models.map((each) => [each.name, each.ready ? each.name : tell("model_loading", { model: each.name })]), model?.name);
  at("profile-hint").textContent = profile?.description[page.language] ?? "";
  at("profile-field").hidden = profiles.length < 2;
  at("model-field").hidden = models.length < 2;
  at("key-field").hidden = !page.server || Boolean(key);
  at("version").textContent = version ? tell("version", { version }) : "";
  drawBanner(model);
  drawProgram();
  drawButtons();
}

function fill(select, options, chosen) {
  select.replaceChildren(...options.map(([value, label]) => new Option(label, value, false, value === chosen)));
}

function drawBanner(model) {
  let key = "";
  if (page.unreachable) key = "banner_unreachable";
  else if (page.server && !model) key = "banner_no_model";
  else if (model && !model.ready) key = "banner_loading";
  at("banner").hidden = !key;
  at("banner").dataset.kind = key;
  at("retry").hidden = !page.unreachable;
  const words = key ? tell(key, { model: model?.name }) : "";
  if (at("banner-text").textContent !== words) at("banner-text").textContent = words; // say it aloud once
  at("banner-note").textContent = key === "banner_loading" ? (model.note?.[page.language] ?? "") : "";
}

function drawProgram() {
  const filled = {
    base: page.server?.base_url ?? `${location.origin}/v1`,
    model: chosenModel()?.name ?? "MODEL",
    question: tell("program_question"),
  };
  const key = ownKey();
  const shown = page.server?.key || (key ? veiled(key) : tell("program_key"));
  at("program-text").textContent = program(page.program, { ...filled, key: shown });
  at("program-text").dataset.full = program(page.program, { ...filled, key: key || shown });
}

// ---- asking and checking

async function pass(mode) {
  const question = at("question").value.trim();
  if (page.stop) return;
  if (!question) return correct("state_empty", "question");
  if (!ownKey()) return correct("state_no_key", "key");
  page.stop = new AbortController();
  page.passage = passage("running", mode, question);
  report(mode === "ask" ? "state_waiting" : "state_checking");
  bringIntoView();
  try {
    await (mode === "ask" ? asked(question) : checked(question));
    end("done");
  } catch (fault) {
    endBadly(fault);
  }
}

function correct(state, field) {
  report(state);
  at(field).focus();
}

function request() {
  const profile = chosenProfile()?.name ?? "";
  return { profile, key: ownKey(), language: page.language, signal: page.stop.signal };
}

async function asked(question) {
  const now = page.passage;
  for await (const step of ask({ ...request(), question, model: chosenModel().name })) {
    if (step.started) now.started = step.started;
    if (step.text) now.answer += step.text;
    if (step.finish) now.finish = step.finish;
    if (step.explained) now.explained = step.explained;
    report(now.answer ? "state_receiving" : "state_waiting");
  }
}

async function checked(text) {
  const { verdict, findings, masked } = await check({ ...request(), text });
  const seen = ["pass", "annotate", "mask"].includes(verdict) ? [{ role: "user", content: masked }] : [];
  page.passage.explained = { verdict, findings, model_saw: seen };
}

function end(phase) {
  const focused = document.activeElement === at("stop");
  page.stop = null;
  page.passage.phase = phase;
  report(`state_${phase}`);
  if (focused) at("ask").focus();
}

function endBadly(fault) {
  if (page.stop.signal.aborted) return end("stopped");
  if (!(fault instanceof Fault)) console.error(fault); // a mistake of ours; the visitor must still not wait for ever
  page.passage.fault = fault instanceof Fault ? fault : new Fault({ key: "fault_broken" });
  if (fault.exchange) page.passage.started = { exchange: fault.exchange };
  return end("failed");
}

let drawing = 0;

function report(state) {
  page.state = state;
  drawing ||= requestAnimationFrame(drawPassage);
}

function drawPassage() {
  drawing = 0;
  draw(page.passage, { language: page.language, categories: page.server?.categories ?? {} });
  drawButtons();
}

function drawButtons() {
  const running = Boolean(page.stop);
  const model = chosenModel();
  const waiting = Boolean(model) && !model.ready;
  at("ask").dataset.text = page.server && !model ? "check" : "ask";
  at("ask").textContent = tell(at("ask").dataset.text);
  at("ask").setAttribute("aria-disabled", String(running || waiting || !page.server));
  at("check").setAttribute("aria-disabled", String(running || !page.server));
  at("check").hidden = running || Boolean(page.server && !model);
  at("stop").hidden = !running;
  const state = page.state || (waiting ? "state_loading" : "");
  const words = state ? tell(state) : "";
  if (at("state").textContent !== words) at("state").textContent = words;
  at("form").dataset.state = page.state;
}

function bringIntoView() {
  if (matchMedia("(min-width: 60rem)").matches) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  at("passage-heading").scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}

// ---- copying

async function copy(button) {
  const source = at(button.dataset.copies === "program" ? "program-text" : button.dataset.copies);
  const key = (await copied(source.dataset.full)) ? "copied" : "copy_failed";
  button.textContent = at("told").textContent = tell(key);
  setTimeout(() => {
    button.textContent = tell("copy");
    at("told").textContent = "";
  }, COPIED_MS);
}

async function copied(text) {
  if (navigator.clipboard) {
    const wrote = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (wrote) return true;
  }
  const field = document.createElement("textarea"); // over plain HTTP from another machine there is no clipboard API
  const before = document.activeElement;
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const wrote = document.execCommand("copy");
  field.remove();
  before?.focus();
  return wrote;
}

// ---- what the visitor does

function choose(tab) {
  page.program = tab.id === "tab-curl" ? "curl" : "python";
  for (const each of document.querySelectorAll('[role="tab"]')) {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
  }
  at("program").setAttribute("aria-labelledby", tab.id);
  drawProgram();
}

function walkTabs(event) {
  if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const other = event.currentTarget.id === "tab-curl" ? at("tab-python") : at("tab-curl");
  event.preventDefault();
  other.focus();
  choose(other);
}

function submit(event) {
  event?.preventDefault();
  if (at("ask").getAttribute("aria-disabled") === "true") return;
  pass(chosenModel() ? "ask" : "check");
}

function listen() {
  at("form").addEventListener("submit", submit);
  at("question").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) submit(event);
  });
  at("check").addEventListener("click", () => page.server && pass("check"));
  at("stop").addEventListener("click", () => page.stop?.abort());
  at("retry").addEventListener("click", meet);
  at("sample").addEventListener("click", () => {
    at("question").value = tell("sample_text");
    at("question").focus();
  });
  for (const id of ["profile", "model"]) at(id).addEventListener("change", drawServer);
  at("key").addEventListener("input", drawProgram);
  for (const each of document.querySelectorAll("[data-language]")) {
    each.addEventListener("click", () => {
      remember(each.dataset.language);
      speak(each.dataset.language);
    });
  }
  for (const each of document.querySelectorAll(".copy")) each.addEventListener("click", () => copy(each));
  for (const each of document.querySelectorAll('[role="tab"]')) {
    each.addEventListener("click", () => choose(each));
    each.addEventListener("keydown", walkTabs);
  }
}

listen();
speak(ownLanguage("en"));
meet();
