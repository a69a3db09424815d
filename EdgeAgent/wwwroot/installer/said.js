// What the box says, in Chinese. The box speaks English in its logs and answers; patterns carry over names and numbers.
import { isEnglish } from "./words.js";

const said = [
  [/^the camera refuses the user or password/, "摄像头拒绝了用户名或密码"],
  [/^the camera denies this user access to the stream/, "摄像头不允许该用户访问此码流"],
  [/^the camera has no stream at this address.*/, "摄像头没有该地址的码流，请检查地址中的路径"],
  [/^the camera cannot serve the stream now/, "摄像头暂时不能提供码流"],
  [/^the camera does not support this transport.*/, "摄像头不支持该传输方式，请改用另一种（TCP/UDP）"],
  [/^the camera redirects to another address.*/, "摄像头要求转到另一地址，请直接填写该地址"],
  [/^the camera sends more data than a frame can contain/, "摄像头发送的数据超过一帧的上限"],
  [/^the camera's timestamps are unusable.*/, "摄像头的时间戳不可用，改用到达时间"],
  [/^the camera requires a user and a password/, "摄像头要求用户名和密码"],
  [/^the camera accepts no more connections.*/, "摄像头的连接数已满：请关闭其他观看端，或调高摄像头的连接上限"],
  [/^the camera answers with error (\d+)/, "摄像头返回错误 $1"],
  [/^the camera closed the connection/, "摄像头关闭了连接"],
  [/^the device at this address does not speak RTSP.*/, "该地址的设备不是 RTSP 摄像头，请检查 IP 和端口"],
  [/^the TLS connection to the camera failed.*/, "与摄像头的 TLS 连接失败，请改用 rtsp://"],
  [/^the device's disk is full/, "边缘设备的磁盘已满"],
  [/^no key frame arrived in time.*/, "未及时收到关键帧：请把摄像头的关键帧间隔（I 帧间隔）设为 1 至 2 秒"],
  [/^waiting for a key frame; this camera sends one every (\d+) s/, "正在等待关键帧：该摄像头每 $1 秒才发送一个"],
  [/^waiting for a key frame; the camera sends frames.*/, "正在等待关键帧：摄像头正在发送画面，但尚无可独立解码的帧"],
  [
    /^key frames arrive only every (\d+) s.*/,
    "关键帧每 $1 秒才有一个：请把摄像头的关键帧间隔（I 帧间隔）设为 1 至 2 秒，预警视频片段和实时画面才能立即开始",
  ],
  [/^the first key frame arrived after (\d+) s.*/, "$1 秒后才收到第一个关键帧：请把摄像头的关键帧间隔（I 帧间隔）设为 1 至 2 秒"],
  [/^ffmpeg lacks the encoder libx264.*/, "ffmpeg 缺少编码器 libx264，请安装系统软件源中的 ffmpeg"],
  [/^ffmpeg is not installed.*/, "未安装 ffmpeg，请安装系统软件源中的 ffmpeg"],
  [/^ffmpeg lacks an output format.*/, "ffmpeg 缺少所需格式，请安装系统软件源中的 ffmpeg"],
  [/^ffmpeg cannot decode the camera's codec.*/, "无法解码摄像头的编码，请把摄像头设为 H.264"],
  [/^the camera's codec cannot be recorded.*/, "无法录制摄像头的编码，请把摄像头设为 H.264"],
  [/^the camera's video cannot be processed.*/, "无法处理摄像头的画面，请把摄像头设为 H.264"],
  [/^the camera's stream cannot be decoded/, "无法解码摄像头的码流"],
  [/^nothing listens at this address.*/, "该地址没有设备应答，请检查 IP 和端口"],
  [/^the host cannot be reached.*/, "无法连接该地址，请检查网络"],
  [/^the host name cannot be resolved/, "无法解析主机名"],
  [/^the stream carries no video/, "码流中没有视频"],
  [/^the camera stopped answering/, "摄像头停止应答"],
  [/^the stream ended/, "码流中断"],
  [/^the picture's size changed/, "画面尺寸已改变，正在重新连接"],
  [/^no picture (?:for|within) (\d+) s/, "$1 秒内没有画面"],
  [/^the camera does not answer within (\d+) s/, "摄像头 $1 秒内没有应答"],
  [/^the camera's response is not SOAP.*/, "摄像头的应答不是 ONVIF，请在摄像头设置中启用 ONVIF"],
  [/^the camera cannot be queried: (.*)/, "无法查询摄像头：$1"],
  [/Camera '([^']*)': (?:Url|SubUrl) must look like rtsp:\/\/host:554\/path\./g, "摄像头“$1”：地址应形如 rtsp://主机:554/路径。"],
  [/Camera '([^']*)': remove user and password from (?:Url|SubUrl)[^.]*\./g, "摄像头“$1”：请将用户名和密码从地址中删除，分别填写。"],
  [/Camera '([^']*)': (?:Url|SubUrl) must not contain quotes or line breaks\./g, "摄像头“$1”：地址中不能有引号或换行。"],
  [/TimeZone '([^']*)' is unknown here;[^.]*\./g, "时区“$1”无效，请使用 Asia/Shanghai 这样的名称。"],
  [/Rule '[^']*' on camera '([^']*)': '([^']*)' is not a time range like 10:30-13:00\./g, "“$2”不是有效时段，应形如 10:30-13:00。"],
  [
    /Rule '[^']*' on camera '([^']*)': the zone needs three or more corners[^.]*\.[^.]*\.[^.]*\.[^.]*\.[^,]*, each 0–1\./g,
    "区域至少需要三个角点。",
  ],
  [/Rule '[^']*' on camera '([^']*)': Dwell and Quiet must be between 0 and 3600 s\./g, "持续时间和静默时间应在 0 至 3600 秒之间。"],
  [
    /Rule '([^']*)' on camera '([^']*)' is not armed: ([\d.]+) frames a second are analysed and it needs ([\d.]+)\. Check .*? from this device\./g,
    "摄像头“$2”的规则“$1”未启用：每秒只分析 $3 帧，至少需要 $4 帧。请检查摄像头帧率、设置子码流，或减少本设备上的摄像头。",
  ],
  [
    /Rule '([^']*)' on camera '([^']*)': the zone's name has (\d+) characters; the server accepts (\d+) at most\. Shorten it\./g,
    "摄像头“$2”的规则“$1”：区域名称有 $3 个字符，最多 $4 个，请缩短。",
  ],
  [
    /Rule '([^']*)' on camera '([^']*)' would never fire: the zone '([^']*)' was trained with ([^']*), and the rule needs '([^.]*)' and another state\. Train those states, or choose another zone\./g,
    "摄像头“$2”的规则“$1”无法触发：区域“$3”已训练的状态为 $4，规则需要“$5”和另一种状态。请训练这些状态，或另选区域。",
  ],
  [/^Draw the zone on the picture first\./, "请先在画面上画出区域。"],
  [/^The camera gives no picture now\./, "摄像头当前没有画面。"],
  [
    /^At the current rate the disk holds ([\d.]+) days of recordings, but (\d+) are configured.*/,
    "按当前速度，磁盘只能保存 $1 天录像，设置为 $2 天：请更换更大的磁盘、减少天数或降低码流。",
  ],
  [
    /^The evidence database was damaged .* was renamed to (\S+); (\d+) findings were restored, nothing was lost\./,
    "证据库曾损坏，已更名为 $1；$2 条预警已由副本恢复，没有丢失。",
  ],
  [
    /^The evidence database was damaged \((?:it is missing)\); (\d+) findings were restored, nothing was lost\./,
    "证据库文件缺失；$1 条预警已由副本恢复，没有丢失。",
  ],
  [/^There is no such camera\./, "该摄像头不存在。"],
];

// A camera with two streams: each fault says which one it is of.
const streams = { "main stream: ": "主码流：", "sub-stream: ": "子码流：" };

export const tell = (text) => {
  if (isEnglish() || !text) return text;
  if (/^(main stream|sub-stream): /.test(text)) {
    return text
      .split(/; (?=sub-stream: )/)
      .map((part) => {
        const stream = Object.keys(streams).find((s) => part.startsWith(s));
        return stream ? streams[stream] + tell(part.slice(stream.length)) : tell(part);
      })
      .join("；");
  }
  return said.reduce((told, [pattern, chinese]) => told.replace(pattern, chinese), text);
};
