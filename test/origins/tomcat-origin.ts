/** Apache Tomcat as an origin. */

import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { freePort } from '../support/free-port.ts';
import { withoutKeytool } from '../support/workshop.ts';
import { createAccessLog } from './access-log.ts';
import type { OriginKind } from './origin.ts';
import { startProgram } from './program.ts';

const HOME = '/usr/share/tomcat10';
const CLASSES = `${HOME}/bin/bootstrap.jar`;

export const TOMCAT: OriginKind = {
  name: 'Tomcat',
  // Java comes with keytool.
  without: withoutKeytool || (!existsSync(CLASSES) && 'tomcat10-common is not installed'),
  start: async (t) => {
    const log = await createAccessLog(t);
    const port = await freePort();
    await startProgram(t, {
      command: 'java',
      // It lives for seconds: what it would gain by compiling well it never gets back.
      args: (folder) => [
        '-XX:TieredStopAtLevel=1',
        '-XX:+UseSerialGC',
        '-Xmx128m',
        `-Dcatalina.home=${HOME}`,
        `-Dcatalina.base=${folder}`,
        '-cp',
        `${CLASSES}:${HOME}/bin/tomcat-juli.jar`,
        'org.apache.catalina.startup.Bootstrap',
        'start',
      ],
      files: {
        'conf/server.xml': serverXml(port, log.path),
        'conf/web.xml': '<web-app version="6.0"/>',
        'conf/Catalina/localhost/rewrite.config': 'RewriteRule ^(/.*)$ /at$1 [R=302,NE]\n',
        'root/empty': '',
        'temp/empty': '',
      },
      says: 'Server startup in',
    });
    return { url: `http://127.0.0.1:${port}`, seen: log.seen };
  },
};

/** The log's name is put together of a prefix and a suffix. */
function serverXml(port: number, log: string): string {
  return `
    <Server port="-1">
      <Service name="Catalina">
        <Connector port="${port}" address="127.0.0.1" maxThreads="8"/>
        <Engine name="Catalina" defaultHost="localhost">
          <Host name="localhost" appBase="none" autoDeploy="false" deployOnStartup="false">
            <Context path="" docBase="../root"/>
            <Valve className="org.apache.catalina.valves.AccessLogValve" pattern="%r"
              directory="${dirname(log)}" prefix="${basename(log)}" suffix=""
              buffered="false" rotatable="false"/>
            <Valve className="org.apache.catalina.valves.rewrite.RewriteValve"/>
          </Host>
        </Engine>
      </Service>
    </Server>`;
}
