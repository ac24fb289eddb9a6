'use strict';
// What the scripts share: arguments, waiting, and an end that says what went wrong.

const fs = require('fs');

exports.arguments = () => {
  const given = {};
  for (let at = 2; at < process.argv.length; at += 2) {
    given[process.argv[at].replace(/^--/, '')] = process.argv[at + 1];
  }
  if (given.ca) given.ca = fs.readFileSync(given.ca, 'utf8');
  return given;
};

/** Resolves once `condition` holds; it is looked at whenever `emitter` says something, too. */
exports.until = async (what, condition, milliseconds = 40000) => {
  const deadline = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** The same connection string at another host. */
exports.at = (connectionString, host) => connectionString.replace(/HostName=[^;]*/, `HostName=${host}`);

exports.main = (story) => {
  story(exports.arguments()).then(
    () => {
      console.log('ok');
      process.exit(0);
    },
    (error) => {
      console.error(error && error.stack ? error.stack : error);
      process.exit(1);
    },
  );
};
