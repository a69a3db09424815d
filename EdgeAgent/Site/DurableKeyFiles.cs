using System.Xml;
using System.Xml.Linq;
using BrightKitchen.EdgeAgent.Host;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>
/// Data protection's keys in files that a power cut does not empty: they are on the disk before a camera's password is encrypted with
/// them.
/// </summary>
internal sealed class DurableKeyFiles(DirectoryInfo folder, ILoggerFactory loggers) : FileSystemXmlRepository(folder, loggers)
{
    /// <summary>Keys by which the settings of one edge agent are encrypted.</summary>
    /// <param name="folder">Made where it is not there.</param>
    public static void Add(IServiceCollection services, string folder)
    {
        System.IO.Directory.CreateDirectory(folder);
        services.AddDataProtection().SetApplicationName("bright-kitchen-box");
        services
            .AddOptions<KeyManagementOptions>()
            .Configure<ILoggerFactory>((keys, loggers) => keys.XmlRepository = new DurableKeyFiles(new(folder), loggers));
    }

    /// <summary>The keys that can be read: a file that a power cut emptied or cut hides none of the others.</summary>
    public override IReadOnlyCollection<XElement> GetAllElements() =>
        base.Directory.Exists ? [.. base.Directory.GetFiles("*.xml").Select(Read).OfType<XElement>()] : [];

    private static XElement? Read(FileInfo file)
    {
        try
        {
            return XElement.Load(file.FullName);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    public override void StoreElement(XElement element, string friendlyName)
    {
        base.StoreElement(element, friendlyName);
        // The name of the file is the base's own; there is one a quarter.
        foreach (var file in base.Directory.GetFiles("*.xml"))
        {
            using var written = file.Open(FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            written.Flush(flushToDisk: true);
        }

        Durable.SyncFolder(base.Directory.FullName);
    }
}
