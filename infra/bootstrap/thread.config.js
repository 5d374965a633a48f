// Bundles a thread into one file without the SDK's clients of clusters: loading it as 300 modules takes 0.5 s of CPU time.
// For vite, which build.js runs for each thread; its mode is the thread's entry.

/** Modules of the SDK, and what they load, that only cluster runs use. */
const unneeded = [
  /^@google-cloud\/pubsub$/,
  /^@grpc\/grpc-js$/,
  /^@protobuf-ts\/grpc-transport$/,
  /^bson$/,
  /^apache-beam\/runners\/portable_runner\/runner$/,
  /^apache-beam\/transforms\/external$/,
  /^\.\/io$/,
  /\.grpc-(client|server)$/,
  /\/unused-pubsub\.js$/,
];
const empty = "\0unneeded";

/** @type {import("vite").UserConfigFnObject} */
export default ({ mode }) => ({
  logLevel: "warn",
  plugins: [
    {
      name: "unneeded",
      enforce: "pre",
      resolveId: (source) => (unneeded.some((one) => one.test(source)) ? empty : null),
      load: (id) => (id === empty ? "module.exports = {};" : null),
    },
  ],
  ssr: { noExternal: true, target: "node" },
  build: {
    ssr: `build/${mode}.js`,
    outDir: "build/thread",
    emptyOutDir: false,
    target: "node20",
    minify: false,
    copyPublicDir: false,
    rolldownOptions: {
      output: { format: "cjs", entryFileNames: "[name].cjs", codeSplitting: false },
    },
  },
});
