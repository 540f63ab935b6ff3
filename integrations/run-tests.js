'use strict';

/**
 * Starts the real jar on a free port with a data directory of its own, runs the tests in the directory `test` of the
 * present one against it, and stops it. WAYPOST_JAR names another jar; without any, Maven builds one.
 */

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..');
const TESTS = path.resolve('test');
const KEY = 'key-of-the-integration-tests';
const PATIENCE = 120_000;

const jar = () => {
  if (process.env.WAYPOST_JAR) {
    return process.env.WAYPOST_JAR;
  }
  const target = path.join(ROOT, 'target');
  const built = () =>
    fs.existsSync(target)
      ? fs.readdirSync(target).filter((name) => /^waypost-.*\.jar$/.test(name)).map((name) => path.join(target, name))
      : [];
  if (built().length === 0) {
    console.log('No jar yet: mvn -DskipTests package');
    const made = spawnSync('mvn', ['-q', '-B', '-DskipTests', 'package'], { cwd: ROOT, stdio: 'inherit' });
    if (made.status !== 0) {
      throw new Error('Maven could not build the jar');
    }
  }
  return built()[0];
};

const start = (home) =>
  new Promise((resolve, reject) => {
    const java = process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
    const gateway = spawn(java, ['-Xmx512m', '-jar', jar()], {
      cwd: home,
      env: {
        ...process.env,
        SERVER_PORT: '0',
        SERVER_ADDRESS: '127.0.0.1',
        WAYPOST_DATA_DIR: path.join(home, 'data'),
        WAYPOST_ADMIN_KEY: KEY,
        WAYPOST_ALLOW_PRIVATE_NETWORKS: 'true',
      },
    });
    let said = '';
    const overdue = setTimeout(() => fail('did not start in time'), PATIENCE);
    const fail = (why) => {
      gateway.kill('SIGKILL');
      reject(new Error(`The gateway ${why}:\n${said}`));
    };
    const listen = (text) => {
      said += text;
      const port = /listens on http:\/\/localhost:(\d+)/.exec(said);
      if (port) {
        clearTimeout(overdue);
        resolve({ gateway, url: `http://127.0.0.1:${port[1]}` });
      }
    };
    gateway.stdout.on('data', listen);
    gateway.stderr.on('data', listen);
    gateway.on('exit', (code) => fail(`ended with ${code}`));
  });

const healthy = async (url) => {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    const answer = await fetch(`${url}/actuator/health`).catch(() => undefined);
    if (answer && answer.status === 200) {
      return;
    }
    await new Promise((again) => setTimeout(again, 100));
  }
  throw new Error('The gateway is not healthy');
};

const tests = () =>
  fs.readdirSync(TESTS).filter((name) => name.endsWith('.test.js')).map((name) => path.join(TESTS, name));

const run = async (url) =>
  new Promise((resolve) => {
    const env = { ...process.env, WAYPOST_URL: url, WAYPOST_KEY: KEY };
    spawn(process.execPath, ['--test', ...tests()], { env, stdio: 'inherit' }).on('exit', resolve);
  });

const main = async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'waypost-integration-'));
  let started;
  try {
    started = await start(home);
    started.gateway.removeAllListeners('exit');
    await healthy(started.url);
    return await run(started.url);
  } finally {
    if (started) {
      const ended = new Promise((resolve) => started.gateway.once('exit', resolve));
      started.gateway.kill('SIGTERM');
      await ended;
    }
    fs.rmSync(home, { recursive: true, force: true });
  }
};

main().then(
  (code) => process.exit(code === 0 ? 0 : 1),
  (e) => {
    console.error(e.message);
    process.exit(1);
  },
);
