using BrightKitchen.EdgeAgent.Tools;
using BrightKitchen.EdgeAgent.Tools.Scoring;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Tests.Tools;

/// <summary>Folders as others publish them.</summary>
public sealed class LabelledFolderTests(Temporary temporary)
{
    private readonly string folder = temporary.Folder();

    [Fact]
    public void Folders_named_after_classes_are_crops_at_any_depth()
    {
        Picture("test/with_mask/a.jpg");
        Picture("test/without_mask/b.PNG");
        var read = new LabelledFolder(folder);
        read.HasBoxes.ShouldBeFalse();
        read.Pictures.Select(p => p.Class).ShouldBe(["with_mask", "without_mask"]);
    }

    [Theory]
    [InlineData("classes.txt", "glove\nbare-hand\n")]
    [InlineData("data.yaml", "nc: 2\nnames: ['glove', 'bare-hand']\n")]
    [InlineData("data.yaml", "names:\n  0: glove\n  1: bare-hand\ntrain: images\n")]
    [InlineData("data.yaml", "names:\n- glove\n- bare-hand\n")]
    public void Numbers_get_the_names_that_lie_beside_them(string list, string text)
    {
        Picture("images/a.jpg");
        Text("labels/a.txt", "1 0.5 0.5 0.2 0.4\nnot a box\n0 0.1 0.1 0.2 0.2\n");
        Text(list, text);
        var read = new LabelledFolder(folder);
        read.Classes.ShouldBe(["bare-hand", "glove"]);
        var (_, box) = read.Pictures[0].Boxes[0];
        box.X.ShouldBe(0.4f, 1e-5f);
        box.Y.ShouldBe(0.3f, 1e-5f);
    }

    [Fact]
    public void Roboflows_split_folders_and_numbers_without_names_are_read()
    {
        Picture("valid/images/a.jpg");
        Text("valid/labels/a.txt", "3 0.5 0.5 0.2 0.4\n");
        new LabelledFolder(folder).Classes.ShouldBe(["3"]);
    }

    [Fact]
    public void A_list_beside_a_split_is_found_from_the_folder_above() // DIR is often the split itself
    {
        Picture("valid/images/a.jpg");
        Text("valid/labels/a.txt", "1 0.5 0.5 0.2 0.4\n");
        Text("data.yaml", "names: [glove, bare-hand]");
        new LabelledFolder(Path.Combine(folder, "valid")).Classes.ShouldBe(["bare-hand"]);
    }

    [Fact]
    public void An_empty_and_a_missing_folder_say_so()
    {
        Should.Throw<ToolException>(() => new LabelledFolder(folder)).Message.ShouldContain("no pictures");
        Should.Throw<ToolException>(() => new LabelledFolder(folder + "/gone")).Message.ShouldContain("no folder");
    }

    [Fact]
    public void Classes_are_mapped_by_name_alias_and_word()
    {
        var (manifest, _) = ModelManifest.Read(Repository.Models, "face");
        var map = new ClassMap(null, manifest, ["With Mask", "Bare", "teapot"]);
        (map.Of("With Mask"), map.Of("Bare"), map.Of("teapot")).ShouldBe(("masked", "bare", null));
        map.Left.ShouldBe(["teapot"]);
        new ClassMap("teapot=bare", manifest, ["teapot"]).Of("teapot").ShouldBe("bare");
        Should.Throw<ToolException>(() => new ClassMap("teapot=lid", manifest, ["teapot"])).Message.ShouldContain("masked");
        Should.Throw<ToolException>(() => new ClassMap(null, manifest, ["teapot"])).Message.ShouldContain("--map");
    }

    private void Picture(string name) => Text(name, "");

    private void Text(string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
