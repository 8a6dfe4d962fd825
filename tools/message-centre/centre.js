// A message centre (SMSC) for tests, made of the npm package smpp: an SMPP implementation that shares
// nothing with ours. It takes commands as JSON lines on its standard input and tells what happens as
// JSON lines on its standard output:
//
//   out  {"event": "listening", "port"}, "bound", "closed", {"event": "submitted", from, to, text,
//        udh, coding, id, esm_class}, {"event": "delivered", status}, "enquired"
//   in   {"do": "receipts", "status": "DELIVRD"}   send receipts of this kind from now on; "" none
//        {"do": "answer", "status": 88}            answer the next submit_sm with this status
//        {"do": "silence"} / {"do": "drop"}        never answer the next one / cut the line instead
//        {"do": "deliver", from, to, text, udh}    a phone sends a message
//        {"do": "raw", "hex"}                      write these bytes to the line
//        {"do": "deaf"}                            answer no enquire_link any more
'use strict';
const readline = require('readline');
const smpp = require('smpp');

const PASSWORD = 'secret';
let receipts = 'DELIVRD';
let next = 'answer'; // what becomes of the next submit_sm: answer, silence, drop
let status = 0;
let deaf = false;
let session = null;
let count = 0;

const tell = (event, more = {}) => process.stdout.write(JSON.stringify({ event, ...more }) + '\n');

function submitted(pdu) {
	const id = 'M' + String(++count).padStart(6, '0');
	const content = pdu.short_message || {};
	const udh = content.udh ? content.udh.map((part) => part.toString('hex')) : [];
	tell('submitted', {
		from: pdu.source_addr, to: pdu.destination_addr, text: content.message, udh,
		coding: pdu.data_coding, id, esm_class: pdu.esm_class,
	});
	const what = next, answer = status;
	next = 'answer';
	status = 0;
	if (what === 'drop') return session.destroy();
	if (what === 'silence') return undefined;
	if (answer) return session.send(pdu.response({ command_status: answer }));
	session.send(pdu.response({ message_id: id }));
	if (receipts && pdu.registered_delivery) {
		session.deliver_sm({
			source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
			short_message: `id:${id} sub:001 dlvrd:001 submit date:2611240800 done date:2611240801 ` +
				`stat:${receipts} err:${receipts === 'DELIVRD' ? '000' : '027'} text:`,
			receipted_message_id: id,
		});
	}
	return undefined;
}

const server = smpp.createServer((found) => {
	session = found;
	session.on('bind_transceiver', (pdu) => {
		const good = pdu.password === PASSWORD;
		session.send(pdu.response({ command_status: good ? 0 : smpp.ESME_RINVPASWD }));
		tell(good ? 'bound' : 'refused', { system_id: pdu.system_id });
	});
	session.on('submit_sm', submitted);
	session.on('enquire_link', (pdu) => {
		tell('enquired');
		if (!deaf) found.send(pdu.response());
	});
	session.on('unbind', (pdu) => {
		found.send(pdu.response());
		found.close();
	});
	session.on('error', () => undefined);
	session.on('close', () => tell('closed'));
});

const commands = {
	receipts: (command) => { receipts = command.status; },
	answer: (command) => { status = command.status; },
	silence: () => { next = 'silence'; },
	drop: () => { next = 'drop'; },
	deaf: () => { deaf = true; },
	raw: (command) => { session.socket.write(Buffer.from(command.hex, 'hex')); },
	deliver: (command) => {
		const message = command.udh
			? { udh: Buffer.from(command.udh, 'hex'), message: command.text }
			: command.text;
		session.deliver_sm({
			source_addr_ton: 1, source_addr: command.from, dest_addr_ton: 1,
			destination_addr: command.to, short_message: message,
			esm_class: command.udh ? 0x40 : 0,
		}, (answer) => tell('delivered', { status: answer.command_status }));
	},
};

readline.createInterface({ input: process.stdin })
	.on('line', (line) => {
		const command = JSON.parse(line);
		commands[command.do](command);
	})
	.on('close', () => process.exit(0)); // whoever started us is gone
server.listen(0, '127.0.0.1', () => tell('listening', { port: server.address().port }));
