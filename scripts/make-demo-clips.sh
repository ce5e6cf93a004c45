#!/usr/bin/env bash
# Makes apps/demo/clips/*.mpegts with ffmpeg (needs a DejaVu font). The clips are committed; run this only to change them.
#
# Each is exactly 9.6 s: 240 frames at 25/s and 450 AAC frames at 48 kHz end at the same instant, so the clip can be repeated with
# timestamps that run on. Video and tone repeat with the clip. PAT and PMT stand right before each frame. (The name does not
# end in .ts, which tools would take for TypeScript.)
set -euo pipefail
cd "$(dirname "$0")/.."
font=${FONT:-/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make_clip() { # file name, name shown, colour of the background, colour of the moving box, frequency of the tone in Hz
  local turn='2*PI*t/9.6'
  local text="fontfile=$font:fontcolor=white:x=(w-tw)/2"
  ffmpeg -v error -y -f lavfi -i "color=$3:s=640x360:r=25:d=9.6" -f lavfi -i "color=$4:s=96x96:r=25:d=9.6" -filter_complex "
    [0][1]overlay=x='(W-w)/2+200*sin($turn)':y='(H-h)/2+110*sin(3*$turn)',
    drawtext=$text:fontsize=56:y=60:text='$2',
    drawtext=$text:fontsize=24:y=290:text='KPTV Proxy Restreamer',format=yuv420p[v]" -map '[v]' \
    -c:v libx264 -profile:v baseline -preset veryslow -bf 0 -g 25 -keyint_min 25 -sc_threshold 0 -crf 24 -x264-params 'repeat-headers=1' \
    -maxrate 400k -bufsize 400k -f h264 "$work/v.h264"
  # The middle one of three rounds: an encoder starts with silence, which would click at every seam.
  ffmpeg -v error -y -f lavfi -i "sine=f=$5:r=48000:d=28.8" -af 'volume=-24dB' -ac 2 -c:a aac -b:a 64k -f adts "$work/long.aac"
  ffmpeg -v error -y -i "$work/long.aac" -ss 9.6 -c copy -frames:a 450 -f adts "$work/a.aac"
  ffmpeg -v error -y -r 25 -i "$work/v.h264" -i "$work/a.aac" -map 0:v -map 1:a -c copy -muxpreload 0 -muxdelay 0.2 \
    -pcr_period 20 -pat_period 60 -sdt_period 60 -mpegts_flags +pat_pmt_at_frames \
    -metadata service_name="$2" -metadata service_provider=KPTV -f mpegts "apps/demo/clips/$1.mpegts"
}

make_clip red 'Demo Red' 0x5c1a1b 0xff8c61 200
make_clip green 'Demo Green' 0x14452f 0x8fd694 250
make_clip blue 'Demo Blue' 0x14304f 0x7fb7ff 300
ls -l apps/demo/clips
