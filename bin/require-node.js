// Says in one sentence that this Node is too old. Plain JavaScript, so that an old Node can read it.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `evenkeel needs Node.js 24 or newer, and this is ${process.versions.node} (${process.execPath}): install Node 24, or run it through npm (npm test, npx evenkeel), which brings Node 24 along on Linux.`,
  )
  process.exit(1)
}
