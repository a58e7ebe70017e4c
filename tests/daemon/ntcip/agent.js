/* agent.js - an SNMP agent that knows NTCIP 1202 from the MIB files next to it and from nothing else: the outside opinion of ntcip_agent_test.c.
 *
 * node agent.js; needs the npm package net-snmp in NODE_PATH. Prints one line an object, "object NAME OID ACCESS KIND MIN MAX", then
 * "ready PORT". Each scalar, and row 1 (1.1) of each table, has the smallest value of its range. Ends when its input ends.
 */
'use strict';
const snmp = require('net-snmp');
const path = require('path');

const store = snmp.createModuleStore();
for (const name of ['8004v0134', '1103v0125', '1201v0227', '1202v0218'])
	store.loadFromFile(path.join(__dirname, name + '.mib'));

const port = Number(process.argv[2]);
const agent = snmp.createAgent({port, address: '127.0.0.1', accessControlModelType: snmp.AccessControlModelType.Simple}, () => {});
const mib = agent.getMib();
const authorizer = agent.getAuthorizer();
authorizer.addCommunity('public');
authorizer.addCommunity('administrator');
authorizer.addUser({name: 'greenwave', level: snmp.SecurityLevel.authPriv, authProtocol: snmp.AuthProtocols.sha, authKey: 'a-long-password',
	privProtocol: snmp.PrivProtocols.aes, privKey: 'another-password'});
const acm = authorizer.getAccessControlModel();
acm.setCommunityAccess('public', snmp.AccessLevel.ReadOnly);
acm.setCommunityAccess('administrator', snmp.AccessLevel.ReadWrite);
acm.setUserAccess('greenwave', snmp.AccessLevel.ReadWrite);

function limits(c)
{
	if (c && c.ranges)
		return [c.ranges[0].min, c.ranges[c.ranges.length - 1].max];
	if (c && c.enumeration) {
		const keys = Object.keys(c.enumeration).map(Number);
		return [Math.min(...keys), Math.max(...keys)];
	}
	return ['-', '-'];
}

function tell(name, oid, access, kind, constraints)
{
	console.log('object', name, oid, access, snmp.ObjectType[kind], ...limits(constraints));
}

function first(kind, constraints)
{
	if (kind === snmp.ObjectType.OctetString)
		return '\0'.repeat(constraints && constraints.sizes ? constraints.sizes[0].min : 0);
	if (kind === snmp.ObjectType.OID)
		return '1.3.6.1.4.1.1206.4.2.1';
	const min = limits(constraints)[0];
	return min === '-' ? 0 : min;
}

for (const module of ['NTCIP1201-2004', 'NTCIP1202-2004']) {
	const providers = store.getProvidersForModule(module);
	agent.registerProviders(providers);
	for (const p of providers) {
		if (p.type === snmp.MibProviderType.Scalar) {
			tell(p.name, p.oid, p.maxAccess, p.scalarType, p.constraints);
			mib.setScalarValue(p.name, first(p.scalarType, p.constraints));
			continue;
		}
		const index = p.tableIndex.map((i) => i.columnName);
		const foreign = index.filter((name) => !p.tableColumns.some((c) => c.name === name)).map(() => 1); /* another table's index */
		mib.addTableRow(p.name, foreign.concat(p.tableColumns.map((c) => index.includes(c.name) ? 1 : first(c.type, c.constraints))));
		for (const c of p.tableColumns)
			tell(c.name, p.oid + '.' + c.number, c.maxAccess, c.type, c.constraints);
	}
}
console.log('ready', port);
process.stdin.on('end', () => process.exit(0)).resume();
