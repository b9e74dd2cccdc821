// Uploads a file with both of Node's clients and prints the status and body of each
// answer.
import fs from 'node:fs';
import http from 'node:http';

const [url, file] = process.argv.slice(2);
const size = fs.statSync(file).size;

await new Promise((resolve, reject) => {
  const req = http.request(url, {method: 'PUT', headers: {'Content-Length': size}}, (res) => {
    let body = '';
    res.on('data', (chunk) => { body += chunk; });
    res.on('end', () => { console.log('http', res.statusCode, body.replaceAll('\n', '')); resolve(); });
    res.on('error', reject);
  });
  req.on('error', reject);
  fs.createReadStream(file).pipe(req);
});

const res = await fetch(url, {method: 'PUT', body: fs.readFileSync(file)});
console.log('fetch', res.status, (await res.text()).replaceAll('\n', ''));
