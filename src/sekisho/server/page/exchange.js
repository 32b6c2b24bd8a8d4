/** Speaks to the checkpoint: one question with its streamed answer, or one text to check. */

/** Something went wrong. `says` and `hint` are the server's words; where it sent none, `key` names ours. */
export class Fault extends Error {
  constructor({ key = "", says = "", hint = "", status = 0, exchange = "" }) {
    super(key || says);
    Object.assign(this, { key, says, hint, status, exchange });
  }
}

/** What `/page.json` tells about this server. */
export async function about() {
  return parsed(await (await send("/page.json", { cache: "no-store" })).text());
}

/**
 * Asks a question and yields what happens, in order: `{started}` once, `{text}` for each part of the answer,
 * `{finish}` when the model ends, `{explained}` with the findings and the receipt.
 * Throws `Fault`, or `AbortError` when `signal` stops it.
 */
export async function* ask({ question, model, profile, key, language, signal }) {
  const response = await send("/v1/chat/completions", {
    method: "POST",
    headers: { ...headers(key, language), "Sekisho-Profile": profile, "Sekisho-Explain": "1" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: question }], stream: true }),
    signal,
  });
  yield {
    started: {
      exchange: response.headers.get("Sekisho-Exchange") ?? "",
      receipt: response.headers.get("Sekisho-Receipt") ?? "",
    },
  };
  for await (const data of events(response, signal)) {
    if (data === "[DONE]") return;
    yield* chunk(parsed(data));
  }
  throw new Fault({ key: "fault_broken" });
}

/** Inspects a text without a model. */
export async function check({ text, profile, key, language, signal }) {
  const response = await send("/v1/check", {
    method: "POST",
    headers: headers(key, language),
    body: JSON.stringify({ text, profile, stage: "entry" }),
    signal,
  });
  return parsed(await response.text());
}

function headers(key, language) {
  return { Authorization: `Bearer ${key}`, "Content-Type": "application/json", "Accept-Language": language };
}

async function send(path, request) {
  let response;
  try {
    response = await fetch(path, request);
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Fault({ key: "fault_unreachable" });
  }
  if (!response.ok) throw await failed(response);
  return response;
}

async function failed(response) {
  const exchange = response.headers.get("Sekisho-Exchange") ?? "";
  const body = await response.json().catch(() => ({})); // a proxy in between may answer with a page of its own
  const told = body?.error;
  if (typeof told?.message !== "string") return new Fault({ key: "fault_status", status: response.status, exchange });
  return new Fault({ says: told.message, hint: told.hint ?? "", status: response.status, exchange });
}

function* chunk(body) {
  if (body.error) throw new Fault({ says: body.error.message ?? "", hint: body.error.hint ?? "" });
  const choice = body.choices?.[0];
  if (choice?.delta?.content) yield { text: choice.delta.content };
  if (choice?.finish_reason) yield { finish: choice.finish_reason };
  if (body.sekisho) yield { explained: body.sekisho };
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    throw new Fault({ key: "fault_broken" });
  }
}

/** The data of each server-sent event (WHATWG HTML, 9.2.6); other fields are not used here. */
async function* events(response, signal) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  while (true) {
    const { value, done } = await next(reader, signal);
    if (done) return;
    const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "" && data.length) {
        yield data.join("\n");
        data = [];
      } else if (line.startsWith("data:")) {
        data.push(line.slice(5).replace(/^ /, ""));
      }
    }
  }
}

async function next(reader, signal) {
  try {
    return await reader.read();
  } catch (fault) {
    if (signal?.aborted) throw fault;
    throw new Fault({ key: "fault_broken" });
  }
}
