/** The page that verifies a receipt: asks the server whether it signed it, and shows what it says. */

const TEXTS = {
  ja: {
    skip: "本文へ",
    back: "試してみる",
    heading: "控えを確かめます。",
    lead: "答えに付いてきた控えを貼り付けてください。この関所が署名したものか、いつ、どの決まりで、どう判定されたかが分かります。",
    receipt: "控え",
    send: "確かめる",
    empty: "控えを貼り付けてください。",
    good: "この控えは、ここで署名されたものです。",
    bad: "この控えは確かめられませんでした。",
    unreachable: "サーバーにつながりません。",
    kind: "種類",
    id: "番号",
    time: "日時",
    profile: "プロファイル",
    policy: "プロファイルの版",
    model: "モデル",
    verdict: "判定",
    finish: "終わり方",
    categories: "見つかったもの",
    tokens: "トークン数",
    request: "質問の指紋",
    answer: "答えの指紋",
    log: "台帳での位置",
    place: (log) => `${log.position}番目(0から数えて。台帳が${log.size}件だった時点)`,
    key: "署名の鍵",
    none: "なし",
  },
  en: {
    skip: "Skip to content",
    back: "Try it",
    heading: "Verify a receipt.",
    lead: "Paste the receipt that came with an answer. You learn whether this checkpoint signed it, when, under which rules, and with what verdict.",
    receipt: "Receipt",
    send: "Verify",
    empty: "Please paste a receipt.",
    good: "This receipt was signed here.",
    bad: "This receipt could not be verified.",
    unreachable: "The server cannot be reached.",
    kind: "Kind",
    id: "Number",
    time: "Time",
    profile: "Profile",
    policy: "Version of the profile",
    model: "Model",
    verdict: "Verdict",
    finish: "How it ended",
    categories: "What was found",
    tokens: "Tokens",
    request: "Digest of the request",
    answer: "Digest of the answer",
    log: "Place in the ledger",
    place: (log) => `entry ${log.position}, counted from 0, when the ledger had ${log.size}`,
    key: "Signing key",
    none: "none",
  },
};
const STORED = "sekisho.language"; // as on the first page
const ROWS = ["kind", "id", "time", "profile", "policy", "model", "verdict", "finish", "categories", "tokens", "request", "answer"];

const at = (id) => document.getElementById(id);
let language = stored() ?? (navigator.language.startsWith("ja") ? "ja" : "en");
let shown = null;

function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // a browser that forbids storage still verifies
  }
}

function draw() {
  const texts = TEXTS[language];
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = texts[each.dataset.text];
  for (const each of document.querySelectorAll("[data-language]"))
    each.setAttribute("aria-pressed", String(each.dataset.language === language));
  at("result").replaceChildren(...(shown ? shown(texts) : []));
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function verified(told) {
  return (texts) => {
    const list = element("dl", "", "numbers");
    for (const row of ROWS) {
      const value = told.statement[row];
      if (value === undefined) continue;
      const words = Array.isArray(value) ? value.join(", ") || texts.none : String(value);
      list.append(fact(texts[row], words));
    }
    if (told.log) list.append(fact(texts.log, texts.place(told.log)));
    list.append(fact(texts.key, told.key));
    return [sheet(element("p", texts.good, "verdict"), list)];
  };
}

function refused(words) {
  return (texts) => {
    const made = sheet(element("p", texts.bad, "verdict"), element("p", words(texts), "quiet"));
    made.classList.add("is-stopped");
    return [made];
  };
}

function sheet(...parts) {
  const made = element("div", "", "sheet papers");
  made.append(...parts);
  return made;
}

function fact(name, words) {
  const row = element("div", "");
  const value = element("dd", "");
  value.append(element("code", words));
  row.append(element("dt", name), value);
  return row;
}

async function verify(event) {
  event.preventDefault();
  const receipt = at("receipt").value.trim();
  shown = receipt ? await asked(receipt) : refused((texts) => texts.empty);
  draw();
}

async function asked(receipt) {
  try {
    const headers = { "Content-Type": "application/json", "Accept-Language": language };
    const response = await fetch("/v1/verify", { method: "POST", headers, body: JSON.stringify({ receipt }) });
    const told = await response.json();
    return response.ok ? verified(told) : refused(() => told.error?.message ?? String(response.status));
  } catch {
    return refused((texts) => texts.unreachable);
  }
}

for (const each of document.querySelectorAll("[data-language]"))
  each.addEventListener("click", () => {
    language = each.dataset.language;
    try {
      localStorage.setItem(STORED, language);
    } catch {
      // as above
    }
    draw();
  });
at("form").addEventListener("submit", verify);
addEventListener("hashchange", take);

/** A receipt behind the # never reaches a server's access log; it is verified at once. */
function take() {
  const given = new URLSearchParams(location.hash.slice(1)).get("receipt");
  if (!given) return;
  at("receipt").value = given;
  at("form").requestSubmit();
}

draw();
take();
