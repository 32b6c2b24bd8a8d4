/** The few lines that a visitor copies into a program of their own. */

/**
 * @param {"python" | "curl"} kind
 * @param {{base: string, key: string, model: string, question: string}} filled
 */
export function program(kind, filled) {
  return kind === "curl" ? curl(filled) : python(filled);
}

/** A key as it may stand on a screen that others see: only its last characters. */
export function veiled(key) {
  return key.length > 8 ? `••••${key.slice(-4)}` : "••••";
}

function python({ base, key, model, question }) {
  const text = JSON.stringify; // a JSON string is a Python string
  return [
    "from openai import OpenAI",
    `client = OpenAI(base_url=${text(base)}, api_key=${text(key)})`,
    `print(client.chat.completions.create(model=${text(model)}, messages=[{"role": "user", "content": ${text(question)}}]).choices[0].message.content)`,
  ].join("\n");
}

function curl({ base, key, model, question }) {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: question }] });
  return [
    `curl ${quoted(`${base}/chat/completions`)} \\`,
    `  -H ${quoted(`Authorization: Bearer ${key}`)} -H 'Content-Type: application/json' \\`,
    `  -d ${quoted(body)}`,
  ].join("\n");
}

function quoted(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
