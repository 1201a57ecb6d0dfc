/**
 * Builds what the server hands to pages, into greennow/static/:
 *
 *   src/classic.js  ->  now.js, now.js.map   a classic script that defines `window.now`
 *   src/index.js    ->  now.mjs              an ES module that exports `connect` and the errors
 *   src/now.d.ts    ->  now.d.ts             the types of both
 *
 * The built files are committed. `node build.mjs` writes them; `node build.mjs --check` writes nothing
 * and fails when they are not what the sources give, or break a rule of `faults` below.
 */
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { minify } from "terser";

const SOURCES = new URL("./src/", import.meta.url);
const STATIC = new URL("../greennow/static/", import.meta.url);

/** In bytes, gzipped: what a page pays for `now`, its codec and streams included. Streams took 900 of them. */
const MAX_GZIPPED = 15_000;

/** Pages with a strict content security policy forbid these, so a script that holds one may not run there. */
const DYNAMIC_CODE = /\beval\s*\(|\bnew\s+Function\b|\bFunction\s*\(/;

/**
 * Properties of our own objects that no page sees, and no object of the platform's has: they get short names.
 * Private members (`#name`) have them anyway. None may stand in now.d.ts.
 */
const OUR_OWN = `
  abandon acknowledge acknowledged answered applyTheirs arrived ask borrow bye bytes called calling cancel changed closed
  confirmed containers content controller copy count countProcessed demanded discard effective emit ended expire fail failed
  expect findOrAsRead forget frozen give handed hasPending hasStreams head heard hello hold isDone isEmpty isLinked
  isReady isReleased items
  last late later limits lend lending loans look mark maxDepth named opened operations original owesAck own ownAt plain
  position processed proxy put raw read receive record refuse reject remove removeBelow replica report reset resolve restore resume run running
  say seen sent session share show shown space stop stub stubs table tag take takeBack target told tree unlink wake
  wasLent welcomed write written
`.trim().split(/\s+/);

const { version } = JSON.parse(await readFile(new URL("./package.json", import.meta.url), "utf8"));

/** @type {import("esbuild").BuildOptions} */
const COMMON = {
  banner: { js: `/*! greennow ${version} (MIT) */` },
  bundle: true,
  charset: "ascii",
  legalComments: "none",
  logLevel: "silent",
  mangleProps: new RegExp(`^(${OUR_OWN.join("|")})$`),
  minify: true,
  target: ["es2022", "chrome94", "firefox93", "safari16.4"],
  write: false,
};

/** Bundles one entry, as [name, text] each; a warning of the bundler's is an error here. */
async function bundle(entry, outfile, options) {
  const { outputFiles, warnings } = await build({
    ...COMMON,
    ...options,
    entryPoints: [fileURLToPath(new URL(entry, SOURCES))],
    outfile: fileURLToPath(new URL(outfile, STATIC)),
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
  const text = (suffix) => outputFiles.find(({ path }) => path.endsWith(suffix))?.text;
  return shrink(outfile, text(outfile), text(".map"));
}

/**
 * What esbuild has bundled, smaller by 3 %: variables are named so that it packs better, and constants stand where
 * they are used.
 */
async function shrink(name, text, bundled) {
  const { code, map } = await minify(text, {
    compress: { hoist_funs: true, passes: 2, unsafe_arrows: true, pure_getters: true, unsafe_methods: true, unsafe_proto: true, unsafe_symbols: true },
    ecma: 2022,
    format: { ascii_only: true, comments: /^!/ },
    module: name.endsWith(".mjs"),
    sourceMap: bundled && { content: bundled, url: `${name}.map` },
  });
  return map ? [[name, code], [`${name}.map`, map]] : [[name, code]];
}

/** Everything that belongs into greennow/static/, as [name, text]. */
async function outputs() {
  return [
    ...(await bundle("classic.js", "now.js", { format: "iife", sourcemap: "external" })),
    ...(await bundle("index.js", "now.mjs", { format: "esm" })),
    ["now.d.ts", await readFile(new URL("now.d.ts", SOURCES), "utf8")],
  ];
}

const declared = await readFile(new URL("now.d.ts", SOURCES), "utf8");

/** What is wrong with a built script, in words. */
function faults(name, text) {
  if (!/\.m?js$/.test(name)) return [];
  const size = gzipSync(text, { level: 9 }).length;
  console.log(`${name}: ${text.length} bytes, ${size} gzipped`);
  const found = [];
  for (const own of OUR_OWN) {
    if (new RegExp(`\\b${own}\\s*[?:(]`).test(declared)) found.push(`${own} is in now.d.ts, and no name of our own`);
  }
  if (size > MAX_GZIPPED) found.push(`${name}: ${size} bytes gzipped, above ${MAX_GZIPPED}`);
  if (/[^\x00-\x7f]/.test(text)) found.push(`${name}: not only ASCII`);
  if (DYNAMIC_CODE.test(text)) found.push(`${name}: runs code made from text`);
  return found;
}

/** Whether the committed file is what the sources give now. */
async function stale(name, text) {
  const committed = await readFile(new URL(name, STATIC), "utf8").catch(() => undefined);
  return committed === text ? [] : [`${name}: not what the sources give; run "npm run build" in js/`];
}

const check = process.argv.includes("--check");
const problems = [];
await mkdir(STATIC, { recursive: true });
for (const [name, text] of await outputs()) {
  problems.push(...faults(name, text));
  if (check) problems.push(...(await stale(name, text)));
  else await writeFile(new URL(name, STATIC), text);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
