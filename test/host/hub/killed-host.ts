/** The process that is killed: a hub with the test app behind HTTP. Prints its address once it is ready. */
import { testHub } from './support.ts';

const [file] = process.argv.slice(2);
if (!file) throw new Error('usage: killed-host.ts FILE');
const hub = await testHub({ file, durability: 'NORMAL', replaySchema: 3 });
console.log(hub.url);
