// What the box says, in Chinese. The box speaks English in its logs and answers; patterns carry over names and numbers.
import { isEnglish } from "./words.js";

const said = [
  [/^the camera refuses the user or password/, "摄像头拒绝了用户名或密码"],
  [/^the camera forbids this user the stream/, "摄像头不允许这个用户看这路码流"],
  [/^the camera has no stream at this address.*/, "摄像头没有这个地址的码流,请检查地址里的路径"],
  [/^the camera cannot serve the stream now/, "摄像头暂时不能提供码流"],
  [/^the camera does not speak this transport.*/, "摄像头不支持这种传输方式,请改用另一种(TCP/UDP)"],
  [/^the camera sends the box to another address.*/, "摄像头要求转到另一个地址,请直接填写那个地址"],
  [/^the camera sends more than a picture can need/, "摄像头发来的数据过大"],
  [/^the camera's timestamps are useless.*/, "摄像头的时间戳不可用,改按到达时间"],
  [/^nothing listens at this address.*/, "这个地址没有设备应答,请检查 IP 和端口"],
  [/^the host cannot be reached.*/, "无法到达这个地址,请检查网络"],
  [/^the host's name is unknown/, "无法解析主机名"],
  [/^the stream carries no video/, "码流里没有视频"],
  [/^the camera stopped answering/, "摄像头停止应答"],
  [/^the stream ended/, "码流中断"],
  [/^the picture's size changed/, "画面尺寸变了,正在重新连接"],
  [/^no picture (?:for|within) (\d+) s/, "$1 秒内没有画面"],
  [/^the camera does not answer within (\d+) s/, "摄像头 $1 秒内没有应答"],
  [/^the camera's answer is no SOAP.*/, "摄像头的应答不是 ONVIF,请在摄像头设置里打开 ONVIF"],
  [/^the camera cannot be asked: (.*)/, "无法询问摄像头:$1"],
  [/Camera '([^']*)': (?:Url|SubUrl) must look like rtsp:\/\/host:554\/path\./g, "摄像头“$1”:地址应形如 rtsp://主机:554/路径。"],
  [/Camera '([^']*)': take user and password out of (?:Url|SubUrl)[^.]*\./g, "摄像头“$1”:请把用户名和密码从地址里去掉,填到各自的框里。"],
  [/Camera '([^']*)': (?:Url|SubUrl) must not contain quotes or line ends\./g, "摄像头“$1”:地址里不能有引号或换行。"],
  [/TimeZone '([^']*)' is unknown here;[^.]*\./g, "不认识时区“$1”,请用 Asia/Shanghai 这样的名称。"],
  [/Rule '[^']*' on camera '([^']*)': '([^']*)' is no stretch of the day like 10:30-13:00\./g, "“$2”不是时段,应形如 10:30-13:00。"],
  [/Rule '[^']*' on camera '([^']*)': the zone needs three or more corners[^.]*\.[^.]*\.[^.]*\.[^.]*\.[^,]*, each 0–1\./g, "区域至少要有三个角。"],
  [/Rule '[^']*' on camera '([^']*)': Dwell and Quiet must lie within 0 and 3600 s\./g, "持续和间隔应在 0 到 3600 秒之间。"],
  [/^Draw the zone on the picture first\./, "请先在画面上画出区域。"],
  [/^The camera gives no picture now\./, "摄像头现在没有画面。"],
  [/^At today's rate the disk holds ([\d.]+) days of recordings, and (\d+) are wanted.*/, "按现在的速度,磁盘只够存 $1 天录像,要求 $2 天:请换大磁盘、减少天数或降低码流。"],
  [/^The evidence database was damaged .* is set aside as (\S+); (\d+) findings were put together anew, nothing was lost\./, "证据库曾损坏,已移到 $1;$2 个发现已由副本恢复,没有丢失。"],
  [/^There is no such camera\./, "没有这个摄像头。"],
];

export const tell = (text) => (isEnglish() || !text ? text : said.reduce((told, [pattern, chinese]) => told.replace(pattern, chinese), text));
