/**
 * The keys of a log: who trusts one of them learns the others from the history of their changes, each signed with the
 * old key and with the new one. The same steps as ledger/keychange.py and `by_any` of provenance/receipt.py.
 */

import { bytes, proven, readKey, signed, Unproven, utf8 } from "/static/proof.js";

const MEMBERS = "by_new by_old id kind new old size time v";
const MOST = 1000; // changes in a history
const MAX_HISTORY = 4000000; // characters

/**
 * How the proof of a receipt stands: `reason` is `good`, `signed` (it stands in no log yet) or that of an `Unproven`;
 * with `statement`, `key`, and `position` and `size` where it stands in the log. With a `pinned` key it is that one, or
 * one that follows from it by the `history`, that must have signed; else the one that the `server` shows.
 */
export async function checked(receipt, server, pinned, history = historyOnce()) {
  try {
    const trusted = await readKey(pinned ?? server);
    const found = await provenByAny(receipt, pinned ? await knownKeys(trusted, await history()) : [{ key: trusted }]);
    const by = !pinned ? "server" : found.key === trusted.written ? "pinned" : "history";
    return { ...found, reason: found.size === undefined ? "signed" : "good", by };
  } catch (fault) {
    const reason = fault instanceof Unproven ? fault.reason : "form";
    return { reason, broken: reason !== "absent" };
  }
}

/** What a receipt proves under one of these keys, and which. Throws `Unproven`, as `retired` for a key that was changed before. */
export async function provenByAny(receipt, keys) {
  let last = new Unproven("key");
  for (const { key, until } of keys) {
    try {
      const found = await proven(receipt, key);
      if (found.size > until) throw new Unproven("retired");
      return { ...found, key: key.written };
    } catch (fault) {
      if (!(fault instanceof Unproven) || !["key", "signature"].includes(fault.reason)) throw fault;
      last = fault;
    }
  }
  throw last;
}

/** Gives the server's history of keys, asked for when it is first needed and once; empty where there is none to be had. */
export function historyOnce() {
  let asked;
  return () => (asked ??= history());
}

async function history() {
  try {
    const response = await fetch("/ledger/keys");
    if (response.ok) return await response.text();
  } catch {
    // a server that is gone, or that keeps its history to itself, is not believed in anything else either
  }
  return "";
}

/**
 * All keys of the log of a trusted one, `[{key, until}]`: a key signs no log of more than `until` entries. `history` has
 * one change a line. Throws `Unproven("history")` where a line is none, or where one key comes after or before two.
 */
export async function knownKeys(trusted, history) {
  const lines = history.split("\n").filter(Boolean);
  if (history.length > MAX_HISTORY || lines.length > MOST) throw new Unproven("history");
  const [after, before] = [new Map(), new Map()];
  for (const line of lines) {
    const change = { ...(await changeOf(line)), line };
    for (const [ways, key] of [[after, change.old], [before, change.new]]) {
      if ((ways.get(key.written)?.line ?? line) !== line) throw new Unproven("history");
      ways.set(key.written, change);
    }
  }
  const keys = [];
  const seen = new Set();
  for (let newest = trusted; ; newest = after.get(newest.written).new) {
    const change = seen.has(newest.written) ? undefined : after.get(newest.written);
    seen.add(newest.written);
    keys.push({ key: newest, until: change?.size });
    if (!change) break;
  }
  for (let change = before.get(trusted.written); change && !seen.has(change.old.written); change = before.get(change.old.written)) {
    seen.add(change.old.written);
    keys.push({ key: change.old, until: change.size });
  }
  return keys;
}

/** A change that both of its keys have signed, from its one spelling. Throws `Unproven`. */
async function changeOf(line) {
  try {
    const told = JSON.parse(line);
    const { by_new, by_old, ...message } = told;
    const fits = told.id === "signing-key" && told.kind === "key" && told.v === 1 && Number.isSafeInteger(told.size) && told.size >= 0;
    if (!fits || Object.keys(told).sort().join(" ") !== MEMBERS || canonical(told) !== line) throw new Unproven("history");
    const [older, newer] = [await readKey(told.old), await readKey(told.new)];
    for (const [key, signature] of [[older, by_old], [newer, by_new]]) await signed(key, bytes(signature, "history"), utf8(canonical(message)));
    if (older.name !== newer.name) throw new Unproven("history");
    return { old: older, new: newer, size: told.size };
  } catch (fault) {
    throw fault.reason === "absent" ? fault : new Unproven("history");
  }
}

/** All values are text or whole numbers: names in order are all that RFC 8785 asks for besides. */
function canonical(told) {
  return JSON.stringify(told, Object.keys(told).sort());
}
