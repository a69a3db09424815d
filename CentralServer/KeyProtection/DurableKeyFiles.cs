using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace BrightKitchen.CentralServer.KeyProtection;

/// <summary>
/// Data protection's keys in files that a power cut does not empty: they are on the disk before anything is encrypted with them.
/// </summary>
internal sealed class DurableKeyFiles(DirectoryInfo folder, ILoggerFactory loggers) : FileSystemXmlRepository(folder, loggers)
{
    public override void StoreElement(XElement element, string friendlyName)
    {
        base.StoreElement(element, friendlyName);
        // The name of the file is the base's own; there is one a quarter.
        foreach (var file in Directory.GetFiles("*.xml"))
        {
            using var written = file.Open(FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            written.Flush(flushToDisk: true);
        }
    }

    /// <summary>The files that hold no key, such as those of a disk that lost them.</summary>
    public IReadOnlyList<string> Damaged() =>
        Directory.Exists ? [.. Directory.GetFiles("*.xml").Where(f => !IsXml(f)).Select(f => f.FullName)] : [];

    private static bool IsXml(FileInfo file)
    {
        try
        {
            _ = XElement.Load(file.FullName);
            return true;
        }
        catch (Exception e) when (e is XmlException or IOException)
        {
            return false;
        }
    }
}
