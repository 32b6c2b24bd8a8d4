/**
 * Checks receipts in the browser, so that nobody has to believe the server: the signature of the checkpoint (Ed25519)
 * and the way from the statement to the root of the log (RFC 6962). The same steps as provenance/receipt.py.
 */

const INDEX = 8; // bytes of an index in the log
const HASH = 32;
const ED25519 = 1; // kind of a key, C2SP signed-note

/** Why a receipt proves nothing: `form`, `key` (another one has signed), `signature`, `log`, or `absent` (this browser cannot check). */
export class Unproven extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** Whether a text looks like a receipt: two or three parts of base64url, and perhaps an opening behind a `~`. */
export function isReceipt(text) {
  return /^[\w-]{40,}(\.[\w-]{10,}){1,2}(~[\w.~-]+)?$/.test(text.trim()) && text.trim().length <= 64000;
}

/** A public key as `name+hash+base64`. Throws `Unproven("key")`. */
export async function readKey(written) {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(written.trim()) ?? [];
  const raw = encoded ? bytes(encoded, "key") : new Uint8Array();
  if (raw.length !== 1 + HASH || raw[0] !== ED25519) throw new Unproven("key");
  const hash = await digest(utf8(`${name}\n`), raw);
  if (hex(hash.slice(0, 4)) !== id) throw new Unproven("key");
  return { name, id, raw: raw.slice(1), written: written.trim() };
}

/**
 * What a receipt proves under a key, `{statement, position, size}`; without position for one that stands in no log.
 * Throws `Unproven`.
 */
export async function proven(receipt, key) {
  const parts = receipt.trim().split("~")[0].split("."); // the opening speaks of texts only
  if (parts.length < 2 || parts.length > 3) throw new Unproven("form");
  const [statement, ...proof] = parts.map(unlined);
  if (proof.length === 1) {
    await signed(key, proof[0], statement);
    return { statement: members(statement) };
  }
  const note = text(proof[1]);
  const { size, root } = await opened(note, key);
  const position = Number(new DataView(proof[0].buffer).getBigUint64(0));
  const path = proof[0].slice(INDEX);
  if (path.length % HASH) throw new Unproven("form");
  const hashes = Array.from({ length: path.length / HASH }, (_, at) => path.slice(at * HASH, (at + 1) * HASH));
  const found = await rootBy(await digest(new Uint8Array([0]), statement), position, size, hashes);
  if (hex(found) !== hex(root)) throw new Unproven("log");
  return { statement: members(statement), position, size };
}

/** Size and root of a checkpoint that the key has signed for the log of its name. */
async function opened(note, key) {
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0) throw new Unproven("form");
  const body = note.slice(0, gap + 1);
  const found = note.slice(gap + 2, -1).split("\n").map((line) => /^— (\S+) (\S+)$/.exec(line));
  if (!note.endsWith("\n") || found.includes(null)) throw new Unproven("form");
  const raws = found.map(([, name, encoded]) => ({ name, raw: bytes(encoded, "form") }));
  const ours = raws.filter((one) => one.name === key.name && hex(one.raw.slice(0, 4)) === key.id);
  if (!ours.length) throw new Unproven("key");
  for (const one of ours) await signed(key, one.raw.slice(4), utf8(body));
  const [origin, size, root] = body.split("\n");
  if (origin !== key.name || !/^(0|[1-9]\d{0,14})$/.test(size)) throw new Unproven("key");
  return { size: Number(size), root: bytes(root, "form") };
}

/** Nothing, where the key has signed the message. Throws `Unproven`. */
export async function signed(key, signature, message) {
  if (!globalThis.crypto?.subtle) throw new Unproven("absent");
  let fits = false;
  try {
    const imported = await crypto.subtle.importKey("raw", key.raw, { name: "Ed25519" }, false, ["verify"]);
    fits = await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  } catch {
    throw new Unproven("absent");
  }
  if (!fits) throw new Unproven("signature");
}

/** The root that a proof leads to (RFC 9162, 2.1.3.2). Numbers stay below 2**53, so they are divided, not shifted. */
async function rootBy(leaf, position, size, hashes) {
  if (!(position < size)) throw new Unproven("log");
  let [first, last, found] = [position, size - 1, leaf];
  for (const hash of hashes) {
    if (last === 0) throw new Unproven("log");
    if (first % 2 || first === last) {
      found = await digest(new Uint8Array([1]), hash, found);
      while (first % 2 === 0 && first > 0) [first, last] = [first / 2, Math.floor(last / 2)];
    } else {
      found = await digest(new Uint8Array([1]), found, hash);
    }
    [first, last] = [Math.floor(first / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new Unproven("log");
  return found;
}

async function digest(...parts) {
  if (!globalThis.crypto?.subtle) throw new Unproven("absent");
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

function members(statement) {
  try {
    return JSON.parse(text(statement));
  } catch {
    throw new Unproven("form");
  }
}

/** The bytes of base64 in its one spelling: other readers would take others, and so be told other things. */
export function bytes(base64, reason) {
  let raw;
  try {
    raw = atob(base64);
  } catch {
    throw new Unproven(reason);
  }
  if (btoa(raw) !== base64) throw new Unproven(reason);
  return Uint8Array.from(raw, (each) => each.charCodeAt(0));
}

/** The bytes of base64url without padding. */
function unlined(part) {
  if (!/^[\w-]*$/.test(part)) throw new Unproven("form");
  const base64 = part.replaceAll("-", "+").replaceAll("_", "/");
  return bytes(base64 + "=".repeat(-base64.length & 3), "form");
}

function text(raw) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw new Unproven("form");
  }
}

export function utf8(text) {
  return new TextEncoder().encode(text);
}

function hex(raw) {
  return Array.from(raw, (each) => each.toString(16).padStart(2, "0")).join("");
}
