// Writes the seeds of the fuzzers: make_corpus tests/fuzz/corpus
#include "targets.h"

#include <gradus/core/io/file.h>
#include <gradus/core/io/safetensors.h>

#include <cstring>
#include <filesystem>
#include <iostream>

namespace gradus::fuzz {
namespace {

std::string big_endian(std::initializer_list<unsigned> words) {
  std::string bytes;
  for (const unsigned word : words) {
    for (const unsigned shift : {24u, 16u, 8u, 0u}) bytes += static_cast<char>(word >> shift & 255);
  }
  return bytes;
}

std::string with_header(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_bytes, '\1');
}

void write_all(const std::string& folder) {
  const auto write = [&](const std::string& target, const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories(folder + "/" + target);
    write_file(folder + "/" + target + "/" + name, bytes);
  };
  write("csv", "table", "a,b,c\n1,2.5,x\n,-3e-2,\"y, z\"\n");
  write("csv", "quotes", "\xef\xbb\xbf\"say \"\"no\"\"\";\"two\r\nlines\"\r\n;\xc3\xa9\r\n\r\n");
  write("csv", "tabs", "a\tb\n\n1\t\"2\n");

  write("idx", "images", big_endian({0x803, 2, 3, 2}) + std::string(12, '\7'));
  write("idx", "labels", big_endian({0x801, 4}) + std::string(4, '\1'));
  write("idx", "huge", big_endian({0x803, 0x80000000, 0x80000000, 0x80000000}));
  write("idx", "gzip", "\x1f\x8b\b");

  write("safetensors", "model",
        format_safetensors({{"0.weight", Tensor::full({3, 2}, 1)},
                            {"0.bias", Tensor::full({3}, 2)},
                            {"1.weight", Tensor::full({3}, 3)},
                            {"1.bias", Tensor::full({3}, 4)},
                            {"1.running_mean", Tensor::full({3}, 5)},
                            {"1.running_var", Tensor::full({3}, 6)},
                            {"1.num_batches_tracked", std::int64_t{7}}},
                           {{"format", "pt"}}));
  write("safetensors", "kinds",
        format_safetensors({{"list", std::vector<std::int64_t>{1, 2}}, {"empty", Tensor()}, {"scalar", Tensor(1)}}));
  write("safetensors", "double", with_header("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8));
  write("safetensors", "overlap",
        with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                    "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
                    6));
  write("safetensors", "overflow",
        with_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,2],\"data_offsets\":[0,8]}}", 8));
  write("safetensors", "claim", std::string("\0\xe1\xf5\5\0\0\0\0{}", 10));
  write("safetensors", "json", "{\"a\":[1,-2.5e3,true,false,null,{}],\"\\u00e9\\ud83d\\ude00\":\"\xc3\xa9\\n\"}");

  write("checkpoint", "valid", valid_checkpoint());

  write("command_line", "recipe",
        "--hidden\n256,128\n--epochs=4\n--optimizer\nsgd\n--lr\n1e-3\n--no-bn\n--dropout=0\n");
  write("command_line", "files", "--save\nw\n--load=x\n--metrics\nm\n--checkpoint=c\n--onnx\no\n--quiet\n--dry-run\n");
  write("command_line", "resume", "--resume\nc\n--threads\n2\n--seed=18446744073709551615\n--validation=0\n");
  write("command_line", "configuration",
        "--hidden=3 --dropout=0.2 --validation=0 --epochs=3 --batch-size=4 --optimizer=adamw --lr=0.01 --momentum=0.9 "
        "--weight-decay=0.01 --label-smoothing=0.1 --schedule=one-cycle --warm-up=0 --clip-norm=0 --seed=1");
  write("command_line", "wrong", "--epochs\n12x\n--\n-h\n");
}

}  // namespace
}  // namespace gradus::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "make_corpus: needs the folder\n";
    return 2;
  }
  gradus::fuzz::write_all(argv[1]);
}
