using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.VisionModels.Tests.Manifests;

public sealed class ModelManifestTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("models").FullName;

    public ModelManifestTests()
    {
        foreach (var file in Directory.GetFiles(RepositoryModels.Folder, "face.*"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    public void Dispose() => Directory.Delete(folder, true);

    [Fact]
    public void A_damaged_weights_file_is_refused_by_its_checksum()
    {
        var path = Path.Combine(folder, "face.onnx");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        Should.Throw<ModelException>(() => new CropClassifier(folder, "face")).Message.ShouldContain("SHA-256");
    }

    [Fact]
    public void A_truncated_weights_file_is_refused_by_its_checksum()
    {
        using (var file = File.Open(Path.Combine(folder, "face.onnx"), FileMode.Open))
            file.SetLength(1000);
        Should.Throw<ModelException>(() => new CropClassifier(folder, "face")).Message.ShouldContain("SHA-256");
    }

    [Fact]
    public void A_model_for_another_decoder_is_refused_by_name() =>
        Should.Throw<ModelException>(() => new FrameDetector(folder, "face")).Message.ShouldContain("softmax");

    [Fact]
    public void A_missing_model_says_what_would_make_it() =>
        Should.Throw<ModelException>(() => new FrameDetector(folder, "smoke")).Message.ShouldContain("./run train smoke");

    [Fact]
    public void A_manifest_that_is_no_json_is_named()
    {
        File.WriteAllText(Path.Combine(folder, "face.json"), "not json");
        Should.Throw<ModelException>(() => new CropClassifier(folder, "face")).Message.ShouldContain("face.json");
    }
}
