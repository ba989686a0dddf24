// The functions of `wit/plugin.wit`, in camel case. Amounts of money go in and out as text: a Number is not
// exact, and a BigInt can't be given back.

/** Gives the ASCII letters and digits of the text, in capitals. */
export function code(text) {
  const kept = text.replace(/[^A-Za-z0-9]/g, "").toUpperCase();
  if (kept === "") {
    throw `\`${text}\` has no letter and no digit`;
  }
  return kept;
}

/** Tells whether `code` would succeed. */
export function hasCode(text) {
  return /[A-Za-z0-9]/.test(text);
}
