#!/usr/bin/env bash
# What yosegi does on this machine's GPU: see bench/gpu/main.ts. Runs in a folder that bench/gpu/pack.ts made, on Linux x64, without a network:
#   bash gpu.sh [--seconds 330] [--quick]
# Another Vulkan driver than NVIDIA's is taken where VK_ICD_FILENAMES names one.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
here=$PWD

if [ ! -x node ]; then gzip -dc node.gz > node && chmod +x node || { echo "node does not unpack: is gzip there?"; exit 1; }; fi
./node unpack.mjs || exit 1

if command -v nvidia-smi > /dev/null; then
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || echo "nvidia-smi finds no card"
else
  echo "no NVIDIA driver here: nvidia-smi is missing"
fi

export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}:$here/lib"
if [ -z "${VK_ICD_FILENAMES:-}" ]; then
  # The driver's own description, or, where containers leave it out, one that names the driver's library.
  for icd in /etc/vulkan/icd.d/nvidia_icd.json /usr/share/vulkan/icd.d/nvidia_icd.json; do
    [ -e "$icd" ] && { export VK_ICD_FILENAMES=$icd; break; }
  done
  if [ -z "${VK_ICD_FILENAMES:-}" ]; then
    library=$(find /usr/lib /usr/lib64 /usr/local/nvidia /usr/local/lib -name 'libGLX_nvidia.so.0' 2> /dev/null | head -n 1)
    if [ -n "$library" ]; then
      printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "%s", "api_version": "1.3.0"}}\n' "$library" > nvidia_icd.json
      export VK_ICD_FILENAMES=$here/nvidia_icd.json
    else
      echo "no Vulkan driver of NVIDIA here (no nvidia_icd.json, no libGLX_nvidia.so.0): the container lacks the capability graphics"
    fi
  fi
fi
echo "Vulkan driver: ${VK_ICD_FILENAMES:-none named}"
export ORT_DISABLE_TELEMETRY=1
exec ./node main.js "$@"
